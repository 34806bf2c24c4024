// isobar plan VERB: decisions as computed facts. Exit status 0: done; 1: something was found, or the input has problems;
// 2: wrong usage.
#include <array>
#include <cstdio>

#include "base/nearest.h"
#include "commands.h"
#include "flags.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

constexpr const char* kUsage =
    "usage: isobar plan VERB [FLAGS] [ARGUMENTS]\n"
    "\n"
    "  compare [A] [B]   what profile B saves and gives up beside A (stack-prod, stack-dev)\n"
    "  explain ID        where a figure comes from: C5, nodes, SC-8, price.nat_hour\n"
    "  check PATH...     what does not hold in documents, ledgers, manifests, Terraform\n"
    "  controls PROFILE  controls of a NIST baseline: met by, waived by; also as OSCAL\n"
    "  diff OLD NEW      what a change of the ledger makes dearer or worse\n"
    "  simulate [PROFILE] what happens when zones, nodes, volumes or services fail\n"
    "  render KIND       the files that deploy a profile: helm, opentofu, kustomize\n"
    "  alerts PROFILE    Prometheus rules and runbooks for what would end writes or reads\n"
    "  review [A] [B]    all of it as one Markdown document, for people who decide\n"
    "  profiles          the profiles of the ledger\n"
    "\n"
    "Exit status 0: done; 1: something was found, or the input has problems; 2: wrong\n"
    "usage. isobar plan VERB --help lists the flags of a verb. No cluster, login or network is\n"
    "needed. The ledger that ships is decisions/; --ledger takes your own.\n";

int complain(std::string_view verb, const Error& error, int status = 1) {
  std::fprintf(stderr, "isobar plan %s: %s\n", std::string(verb).c_str(), error.message.c_str());
  return status;
}

const std::array kVerbs{&kCompareVerb, &kExplainVerb, &kCheckVerb,  &kControlsVerb, &kDiffVerb,
                        &kSimulateVerb, &kAlertsVerb, &kReviewVerb, &kRenderVerb,   &kProfilesVerb};

int run_verb(const PlanVerb& verb, const std::vector<std::string>& words) {
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
  for (const PlanVerb* verb : kVerbs) {
    if (verb->name == name) return run_verb(*verb, {words.begin() + 1, words.end()});
  }
  if (name == "help" || name == "--help" || name == "-h") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  std::vector<std::string_view> known;
  for (const PlanVerb* verb : kVerbs) known.push_back(verb->name);
  const std::string_view nearest = nearest_word(name, known);
  if (!name.empty()) {
    std::fprintf(stderr, "isobar plan: unknown verb \"%s\"%s%s\n\n", name.c_str(), nearest.empty() ? "" : ", did you mean ", std::string(nearest).c_str());
  }
  std::fputs(kUsage, stderr);
  return 2;
}

}  // namespace isobar::app
