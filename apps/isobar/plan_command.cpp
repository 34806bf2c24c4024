// isobar plan compare|explain: decisions as computed facts. Exit status 0: done; 1: the ledger has problems or nothing of
// that name; 2: wrong usage.
#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "base/nearest.h"
#include "commands.h"
#include "flags.h"
#include "ledger_files.h"
#include "plan/check/check.h"
#include "plan/compare/compare_report.h"
#include "plan/compare/controls_report.h"
#include "plan/compare/diff.h"
#include "plan/compare/explain.h"

namespace isobar::app {
namespace {

constexpr const char* kUsage =
    "usage: isobar plan VERB [FLAGS] [ARGUMENTS]\n"
    "\n"
    "  compare [A] [B]   what profile B saves and gives up beside A (stack-prod, stack-dev)\n"
    "  explain ID        where a figure comes from: C5, nodes, SC-8, price.nat_hour\n"
    "  check PATH...     what does not hold in a document of decisions (Markdown)\n"
    "  controls PROFILE  controls of a NIST baseline: met by, waived by\n"
    "  diff OLD NEW      what a change of the ledger makes dearer or less compliant\n"
    "  profiles          the profiles of the ledger\n"
    "\n"
    "isobar plan VERB --help lists the flags of a verb. No cluster, login or network is\n"
    "needed. The ledger that ships is decisions/; --ledger takes your own.\n";

struct PlanSettings {
  std::string ledger;
  std::vector<std::string> overrides;
  std::vector<std::string> assumptions;
  std::string format = "text";
  std::string baseline = "MODERATE";
  std::string uptime;
  std::vector<std::string> profiles;
  std::vector<std::string> fail_on;
  bool all = false;
};

int complain(std::string_view verb, const Error& error, int status = 1) {
  std::fprintf(stderr, "isobar plan %s: %s\n", std::string(verb).c_str(), error.message.c_str());
  return status;
}

void ledger_flags(Flags& flags, PlanSettings& s) {
  flags.text("ledger", "a file or folder instead of the ledger that ships", s.ledger)
      .list("override", "a file whose rows replace those of the same id; may be repeated", s.overrides)
      .list("assume", "id=value of an assumption; may be repeated", s.assumptions)
      .text("uptime", "hours a week in which nodes run, at most 168", s.uptime);
}

Result<plan::Rational> positive(std::string_view text) {
  TRY(const plan::Rational number, plan::Rational::parse(text));
  if (number.is_negative()) return fail(Code::kInvalid, fmt::format("must not be negative: {}", text));
  return number;
}

Result<void> set_assumption(plan::Ledger& ledger, std::string_view id, std::string_view text) {
  TRY(const plan::Rational value, positive(text));
  std::vector<std::string_view> known;
  for (plan::Assumption& one : ledger.assumptions) {
    known.push_back(one.id);
    if (one.id != id) continue;
    one.value = value;
    one.source = {"given on the command line", ""};
    return {};
  }
  const std::string_view nearest = nearest_word(id, known);
  return fail(Code::kInvalid, fmt::format("no such assumption{}: {}", nearest.empty() ? "" : fmt::format(", did you mean {}", nearest), id));
}

Result<void> apply_assumptions(plan::Ledger& ledger, const PlanSettings& s) {
  for (const std::string& one : s.assumptions) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos) return fail(Code::kInvalid, fmt::format("--assume takes id=value, for example nat_gb=500: {}", one));
    TRYV(set_assumption(ledger, std::string_view(one).substr(0, equals), std::string_view(one).substr(equals + 1)));
  }
  if (s.uptime.empty()) return {};
  TRY(const plan::Rational hours, positive(s.uptime));
  if (plan::Rational(168) < hours) return fail(Code::kInvalid, fmt::format("a week has 168 hours: --uptime {}", s.uptime));
  return set_assumption(ledger, "uptime_hours_per_week", s.uptime);
}

// The ledger, or its problems on standard error.
Result<plan::Ledger> read_ledger(const PlanSettings& s) {
  TRY(const std::vector<plan::LedgerFile> files, ledger_files(s.ledger));
  std::vector<plan::LedgerFile> overrides;
  for (const std::string& path : s.overrides) {
    TRY(const std::vector<plan::LedgerFile> more, ledger_files(path));
    overrides.insert(overrides.end(), more.begin(), more.end());
  }
  plan::LoadedLedger loaded = plan::load_ledger(files, overrides);
  for (const YamlProblem& problem : loaded.problems) std::fprintf(stderr, "%s\n", problem.to_string().c_str());
  if (!loaded.ledger) return fail(Code::kInvalid, fmt::format("the ledger has {} problem{}", loaded.problems.size(), loaded.problems.size() == 1 ? "" : "s"));
  TRYV(apply_assumptions(*loaded.ledger, s));
  return *std::move(loaded.ledger);
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Result<void> compare_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Format format, plan::parse_format(s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  const std::string a = !arguments.empty() ? arguments[0] : ledger.profiles[0].id;
  const std::string b = arguments.size() > 1 ? arguments[1] : ledger.profiles[std::min<std::size_t>(1, ledger.profiles.size() - 1)].id;
  TRY(const plan::Comparison comparison, plan::compare(ledger, a, b));
  TRY(const plan::Report report, plan::compare_report(ledger, comparison, {s.baseline, s.all}));
  print(plan::render(report, format));
  return {};
}

Result<void> explain_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const std::string text, plan::explain(ledger, arguments[0], s.profiles));
  print(text);
  return {};
}

// Exit status 1 when something was found.
Result<void> check_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  if (s.format != "text" && s.format != "json") return fail(Code::kInvalid, fmt::format("--format must be text or json: {}", s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  plan::Findings all;
  for (const std::string& path : arguments) {
    TRY(const std::vector<plan::LedgerFile> files, ledger_files(path));
    for (const plan::LedgerFile& file : files) {
      TRY(plan::Findings found, plan::check_markdown(file.name, file.text, ledger));
      all.insert(all.end(), found.begin(), found.end());
    }
  }
  print(s.format == "json" ? plan::findings_as_json(all) : plan::findings_as_text(all));
  if (all.empty()) return {};
  return fail(Code::kInvalid, fmt::format("{} finding{}", all.size(), all.size() == 1 ? "" : "s"));
}

Result<void> controls_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Format format, plan::parse_format(s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const plan::Report report, plan::controls_report(ledger, arguments[0], s.baseline));
  print(plan::render(report, format));
  return {};
}

Result<void> diff_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  for (const std::string& what : s.fail_on) {
    if (what != "cost" && what != "control") return fail(Code::kInvalid, fmt::format("--fail-on must be cost or control: {}", what));
  }
  TRY(const plan::Format format, plan::parse_format(s.format));
  PlanSettings one = s;
  one.ledger = arguments[0];
  TRY(const plan::Ledger before, read_ledger(one));
  one.ledger = arguments[1];
  TRY(const plan::Ledger after, read_ledger(one));
  TRY(const plan::LedgerDiff diff, plan::diff_ledgers(before, after));
  print(plan::render(diff.report, format));
  for (const std::string& what : s.fail_on) {
    if (what == "cost" && diff.dearer) return fail(Code::kInvalid, "a profile became dearer (--fail-on cost)");
    if (what == "control" && diff.less_compliant) return fail(Code::kInvalid, "a profile meets a control less well (--fail-on control)");
  }
  return {};
}

Result<void> profiles_verb(const PlanSettings& s, const std::vector<std::string>&) {
  TRY(const plan::Ledger ledger, read_ledger(s));
  for (const plan::Profile& one : ledger.profiles) std::printf("%-14s %s\n", one.id.c_str(), one.title.c_str());
  return {};
}

struct Verb {
  std::string_view name;
  const char* usage;
  const char* about;
  std::size_t least, most;  // arguments
  void (*flags)(Flags&, PlanSettings&);
  Result<void> (*run)(const PlanSettings&, const std::vector<std::string>&);
};

void compare_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format)
      .text("baseline", "LOW, MODERATE or HIGH: the controls that count", s.baseline)
      .toggle("all", "also the decisions that do not differ", s.all);
}
void explain_flags(Flags& flags, PlanSettings& s) { flags.list("profile", "only this profile; may be repeated", s.profiles); }
void check_flags(Flags& flags, PlanSettings& s) { flags.text("format", "text or json", s.format); }
void controls_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format).text("baseline", "LOW, MODERATE or HIGH", s.baseline);
}
void diff_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format).list("fail-on", "cost or control: exit status 1 when it got worse; may be repeated", s.fail_on);
}
void no_flags(Flags&, PlanSettings&) {}

constexpr std::array<Verb, 6> kVerbs{{
    {"compare", "isobar plan compare [A] [B]", "What profile B saves and gives up beside profile A.", 0, 2, compare_flags, compare_verb},
    {"explain", "isobar plan explain ID", "Where a figure comes from, down to price, formula and source.", 1, 1, explain_flags, explain_verb},
    {"check", "isobar plan check PATH...", "What does not hold in a document of decisions.", 1, 1000, check_flags, check_verb},
    {"controls", "isobar plan controls PROFILE", "Controls of a NIST SP 800-53 baseline: met by, waived by which decision.", 1, 1, controls_flags, controls_verb},
    {"diff", "isobar plan diff OLD NEW", "What a change of the ledger makes dearer or less compliant.", 2, 2, diff_flags, diff_verb},
    {"profiles", "isobar plan profiles", "The profiles of the ledger.", 0, 0, no_flags, profiles_verb},
}};

int run_verb(const Verb& verb, const std::vector<std::string>& words) {
  PlanSettings settings;
  Flags flags(verb.usage, verb.about);
  verb.flags(flags, settings);
  ledger_flags(flags, settings);
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    print(flags.help());
    return 0;
  }
  if (!parsed) return complain(verb.name, parsed.error(), 2);
  if (arguments.size() < verb.least || arguments.size() > verb.most) {
    std::fprintf(stderr, "usage: %s\n", verb.usage);
    return 2;
  }
  const Result<void> done = verb.run(settings, arguments);
  return done ? 0 : complain(verb.name, done.error());
}

}  // namespace

int plan_command(const std::vector<std::string>& words) {
  const std::string name = words.empty() ? "" : words[0];
  for (const Verb& verb : kVerbs) {
    if (verb.name == name) return run_verb(verb, {words.begin() + 1, words.end()});
  }
  if (name == "help" || name == "--help" || name == "-h") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  std::vector<std::string_view> known;
  for (const Verb& verb : kVerbs) known.push_back(verb.name);
  const std::string_view nearest = nearest_word(name, known);
  if (!name.empty()) {
    std::fprintf(stderr, "isobar plan: unknown verb \"%s\"%s%s\n\n", name.c_str(), nearest.empty() ? "" : ", did you mean ", std::string(nearest).c_str());
  }
  std::fputs(kUsage, stderr);
  return 2;
}

}  // namespace isobar::app
