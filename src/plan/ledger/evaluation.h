// A ledger computed for one profile: every quantity, cost and footprint, each with what it was computed from.
//
// Names in formulas:
//   node.type             a setting of a decision          price.nat_hour      dollars per unit
//   assume.nat_gb         an assumption                    measured.isobar.rss a footprint of a bench
//   built.logs            yes or no: a capability          nodes.hours         another quantity
//   cost.nodes            a cost line                      component.mimir.pods (pods, cpu_m, memory_mib, volume_gib, volumes, present)
//   total.pods            the same over all components     instance(type, 'field') vcpu, memory_mib, max_pods, max_pods_custom, usd_per_hour
//
// Errors: kUnprocessable with file and line of the row whose formula failed; kInvalid for an unknown profile.
// Thread safety: an evaluation is a value; computing one touches only its own state.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plan/ledger/ledger.h"

namespace isobar::plan {

using Settings = std::map<std::string, Value, std::less<>>;

// Micro-dollars, or nothing when a footprint that enters it was not measured.
struct Money {
  std::int64_t micro_usd = 0;
  bool measured = true;
};

struct Footprint {
  Value pods, cpu_m, memory_mib, volume_gib, volumes;
};

struct EvaluatedCost {
  const CostLine* line = nullptr;
  Money month;
};

struct EvaluatedComponent {
  const Component* component = nullptr;
  bool present = false;
  Footprint footprint;
};

struct Evaluation {
  std::string profile;
  Settings settings;
  std::map<std::string, Value, std::less<>> values;  // every name that was asked for, and all quantities and costs
  std::vector<EvaluatedCost> costs;
  std::vector<EvaluatedComponent> components;
  Money total;        // of the measured lines, each rounded to a micro-dollar
  Money fixed_total;  // of those that no decision changes
  Footprint footprint;
};

Result<Settings> settings_of(const Ledger& ledger, std::string_view profile);
// With settings other than the profile's own: what one decision alone would change.
Result<Evaluation> evaluate(const Ledger& ledger, std::string_view profile, const Settings& settings);
Result<Evaluation> evaluate(const Ledger& ledger, std::string_view profile);

// Formulas under settings, one after the other; what one has computed the next one finds.
class Formulas {
 public:
  Formulas(const Ledger& ledger, const Settings& settings);
  ~Formulas();
  Formulas(const Formulas&) = delete;
  Formulas& operator=(const Formulas&) = delete;

  Result<Value> value(const Expression& expression);
  Result<Value> value(std::string_view name);

 private:
  std::unique_ptr<Scope> scope_;
};

// One condition under settings: met_when of a control.
Result<Value> evaluate_in(const Ledger& ledger, const Settings& settings, const Expression& expression);

}  // namespace isobar::plan
