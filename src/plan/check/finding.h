// What plan check finds: a statement that does not hold. docs/howto/check_rules.md lists the rules, their reasons and examples.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/ledger/ledger.h"

namespace isobar::plan {

//   error    it cannot be, cannot run, or is arithmetic that is wrong
//   warning  it can be, and does not do what it is there for
//   note     it holds, and less than its words say
enum class Severity { kError, kWarning, kNote };
std::string_view severity_name(Severity severity);

struct Finding {
  std::string rule;  // "sum", "price", …
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;
  std::string stated;      // the words of the input
  std::string holds;       // what is true instead
  std::string derivation;  // how that was computed, or where it stands

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

inline void report(Findings& findings, std::string_view rule, Severity severity, const Origin& place, std::string stated,
                   std::string holds, std::string derivation) {
  findings.push_back(
      {std::string(rule), severity, place.file, place.line, std::move(stated), std::move(holds), std::move(derivation)});
}

// One rule for one kind of input. The same rule may exist for several: a ReadWriteOnce volume attaches to one node whether
// a document, a manifest or a chart's values say otherwise.
template <class Input>
struct RuleFor {
  std::string_view name;
  std::string_view reason;  // why it is a rule at all, one sentence
  void (*check)(const Input&, const Ledger&, Findings&);
};

}  // namespace isobar::plan
