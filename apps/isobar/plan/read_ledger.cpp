#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/nearest.h"
#include "ledger_files.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

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

// "stack-prod:A3=stack-dev": the value of another profile, or an option of the ledger by its text.
Result<void> apply_edit(plan::Ledger& ledger, const std::string& edit) {
  const std::size_t colon = edit.find(':');
  const std::size_t equals = edit.find('=', colon == std::string::npos ? 0 : colon);
  if (colon == std::string::npos || equals == std::string::npos) {
    return fail(Code::kInvalid, fmt::format("--with takes PROFILE:DECISION=VALUE, for example stack-prod:A3=stack-dev: {}", edit));
  }
  const std::string profile = edit.substr(0, colon);
  const std::string id = edit.substr(colon + 1, equals - colon - 1);
  const std::string wanted = edit.substr(equals + 1);
  if (ledger.profile(profile) == nullptr) return fail(Code::kInvalid, fmt::format("--with {}: no such profile: {}", edit, profile));
  const auto decision = std::find_if(ledger.decisions.begin(), ledger.decisions.end(), [&](const plan::Decision& one) { return one.id == id; });
  if (decision == ledger.decisions.end()) return fail(Code::kInvalid, fmt::format("--with {}: no such decision: {}", edit, id));
  const auto value = decision->values.find(wanted);
  const auto option = std::find_if(decision->options.begin(), decision->options.end(), [&](const plan::DecisionValue& one) { return one.text == wanted; });
  if (value == decision->values.end() && option == decision->options.end()) {
    return fail(Code::kInvalid, fmt::format("--with {}: {} has a value for each profile, and options: {}", edit, id, wanted));
  }
  decision->values[profile] = value != decision->values.end() ? value->second : *option;
  return {};
}

Result<void> count_as_built(plan::Ledger& ledger, const std::string& id) {
  std::vector<std::string_view> known;
  for (plan::Capability& one : ledger.capabilities) {
    known.push_back(one.id);
    if (one.id != id) continue;
    one.built = true;
    one.evidence = "none: --built on the command line";
    return {};
  }
  const std::string_view nearest = nearest_word(id, known);
  return fail(Code::kInvalid, fmt::format("no such capability{}: {}", nearest.empty() ? "" : fmt::format(", did you mean {}", nearest), id));
}

}  // namespace

void ledger_flags(Flags& flags, PlanSettings& settings) {
  flags.text("ledger", "a file or folder instead of the ledger that ships", settings.ledger)
      .list("override", "a file whose rows replace those of the same id; may be repeated", settings.overrides)
      .list("assume", "id=value of an assumption; may be repeated", settings.assumptions)
      .list("with", "PROFILE:DECISION=VALUE: the value of another profile, or an option; may be repeated", settings.edits)
      .list("built", "count a capability as built that is not: see what it will give", settings.built)
      .text("uptime", "hours a week in which nodes run, at most 168", settings.uptime);
}

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
  for (const std::string& edit : s.edits) TRYV(apply_edit(*loaded.ledger, edit));
  for (const std::string& id : s.built) TRYV(count_as_built(*loaded.ledger, id));
  return *std::move(loaded.ledger);
}

Result<void> need_failures(const plan::Ledger& ledger) {
  if (!ledger.failures.empty()) return {};
  return fail(Code::kInvalid, "the ledger has no section failures, so nothing can be simulated: docs/formats/ledger.md says what it needs");
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace isobar::app
