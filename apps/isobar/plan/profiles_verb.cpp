#include <cstdio>

#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> profiles_verb(const PlanSettings& s, const std::vector<std::string>&) {
  TRY(const plan::Ledger ledger, read_ledger(s));
  for (const plan::Profile& one : ledger.profiles) std::printf("%-14s %s\n", one.id.c_str(), one.title.c_str());
  return {};
}

void profiles_flags(Flags&, PlanSettings&) {}

}  // namespace

const PlanVerb kProfilesVerb{"profiles", "isobar plan profiles", "The profiles of the ledger.",
    0, 0, profiles_flags, profiles_verb};

}  // namespace isobar::app
