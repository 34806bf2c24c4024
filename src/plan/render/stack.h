// What the values of every chart of a stack share: facts, the zones of nodes, and how a correction is written down.
//
// Thread safety: not thread-safe; one for each rendering.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/render/profile_facts.h"
#include "plan/render/tree.h"

namespace isobar::plan::rendering {

class Stack {
 public:
  explicit Stack(const ProfileFacts& facts) : facts_(facts) {}

  const ProfileFacts& facts() const { return facts_; }
  std::vector<std::string>& notes() { return notes_; }

  // The value with its decision as a comment.
  Tree of(std::string_view setting, Tree value) const { return std::move(value.note(facts_.decision(setting))); }
  // The value in place of what the decision says, with the reason as a comment and a note.
  Tree corrected(std::string_view setting, Tree value, const std::string& reason) {
    const std::string text = facts_.decision(setting) + "; corrected: " + reason;
    notes_.push_back(text);
    return std::move(value.note(text));
  }
  // gp3 in any case.
  Tree disk_class(std::string_view setting);

 private:
  const ProfileFacts& facts_;
  std::vector<std::string> notes_;
};

// Requests of a container for which its chart asks nothing: what nobody reserves, nobody gets on a full node.
Tree requests(const char* cpu, const char* memory);
// The service account's role is bound outside of the chart, so no key stands anywhere.
Tree service_account(Stack& stack, const std::string& name);
// "stack-prod-loki-chunks"
std::string bucket(const Stack& stack, std::string_view what);

// One function for each chart, in the files stack_*.cpp; their keys are those of the versions in stack_values.cpp.
Result<Tree> mimir_values(Stack& stack);
Result<Tree> loki_values(Stack& stack);
Result<Tree> grafana_values(Stack& stack);
Result<Tree> prometheus_values(Stack& stack);
Result<Tree> kiali_values(Stack& stack);
Result<Tree> istiod_values(Stack& stack);
Result<Tree> velero_values(Stack& stack);
Result<Tree> trivy_values(Stack& stack);
Result<Tree> kubecost_values(Stack& stack);
Result<Tree> headlamp_values(Stack& stack);

}  // namespace isobar::plan::rendering
