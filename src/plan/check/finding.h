// What plan check finds: a statement that does not hold.
#pragma once

#include <string>
#include <vector>

namespace isobar::plan {

enum class Severity { kError, kWarning, kNote };

struct Finding {
  std::string rule;        // "sum", "price", …: docs/howto/check_rules.md lists them
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;
  std::string stated;      // the words of the input
  std::string holds;       // what is true instead
  std::string derivation;  // how that was computed, or where it stands

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

}  // namespace isobar::plan
