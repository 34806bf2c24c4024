// Relabelling: rules that rewrite, keep or drop label sets. Semantics: prometheus.io configuration documentation,
// <relabel_config>; actions and defaults as there. Immutable once made; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/labels.h"

namespace isobar::model {

enum class RelabelAction {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase
};

// "replace", "keep", … in any case. kInvalid names the nearest action.
Result<RelabelAction> parse_relabel_action(std::string_view name);

struct RelabelRule {
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";  // RE2, anchored at both ends; "." also matches a newline
  std::uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";  // $1, ${1}, ${name}; $$ is a dollar sign
  RelabelAction action = RelabelAction::kReplace;

  bool operator==(const RelabelRule&) const = default;
};

class Relabeler {
 public:
  Relabeler();  // changes nothing
  ~Relabeler();
  Relabeler(Relabeler&&) noexcept;
  Relabeler& operator=(Relabeler&&) noexcept;

  // kInvalid: a bad regular expression or a rule that lacks what its action needs; names the rule by its number.
  static Result<Relabeler> create(const std::vector<RelabelRule>& rules);

  bool empty() const { return rules_.empty(); }
  // Applies all rules in order. False: the label set is dropped (and is left as the dropping rule found it).
  bool apply(LabelsBuilder& labels) const;

 private:
  struct Compiled;
  std::vector<std::unique_ptr<Compiled>> rules_;
};

}  // namespace isobar::model
