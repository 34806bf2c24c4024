// Internal: the rules of each kind of input.
#pragma once

#include <vector>

#include "plan/check/document.h"
#include "plan/check/finding.h"
#include "plan/check/helm/values.h"
#include "plan/check/kubernetes/cluster.h"
#include "plan/check/ledger_profiles.h"
#include "plan/check/terraform/configuration.h"
#include "plan/check/together.h"

namespace isobar::plan {

const std::vector<RuleFor<Document>>& document_rules();
const std::vector<RuleFor<kubernetes::Cluster>>& manifest_rules();
const std::vector<RuleFor<helm::Values>>& values_rules();
const std::vector<RuleFor<terraform::Configuration>>& terraform_rules();
const std::vector<RuleFor<LedgerProfiles>>& ledger_rules();
const std::vector<RuleFor<Together>>& together_rules();

template <class Input>
void apply(const std::vector<RuleFor<Input>>& rules, const Input& input, const Ledger& ledger, Findings& findings) {
  for (const RuleFor<Input>& rule : rules) rule.check(input, ledger, findings);
}

}  // namespace isobar::plan
