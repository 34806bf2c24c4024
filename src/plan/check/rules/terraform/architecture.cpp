// An image of one processor does not boot on another.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"
#include "plan/check/terraform/network.h"

namespace isobar::plan::rules::terraform {
namespace {

// Types of Graviton have a g after the generation: t4g, m7g, c7gn, r8gd; a1 is the first of them. g5 and p4 are graphics.
bool is_arm(std::string_view type) {
  const std::string_view family = type.substr(0, type.find('.'));
  const std::size_t digit = family.find_first_of("0123456789");
  if (family == "a1") return true;
  return digit != std::string_view::npos && family.find('g', digit) != std::string_view::npos;
}

}  // namespace

void architecture(const Configuration& configuration, const Ledger&, Findings& findings) {
  for (const plan::terraform::NodeGroup& group : nodes_of(configuration).groups) {
    const bool arm_image = group.ami_type.find("ARM_64") != std::string::npos;
    const bool other_image = group.ami_type.find("x86_64") != std::string::npos;
    if (!arm_image && !other_image) continue;
    for (const std::string& type : group.types) {
      if (is_arm(type) == arm_image) continue;
      report(findings, "architecture", Severity::kError, group.origin,
             fmt::format("{}: {} with {}", group.name, type, group.ami_type),
             arm_image ? "an image of x86_64, or a Graviton type" : "an image of ARM_64, or a type without g",
             fmt::format("{} has {} processors", type, is_arm(type) ? "ARM" : "x86"));
    }
  }
}

}  // namespace isobar::plan::rules::terraform
