#include "plan/ledger/evaluation.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

constexpr std::string_view kFields[] = {"pods", "cpu_m", "memory_mib", "volume_gib", "volumes"};

template <class Row>
const Row* row_of(const std::vector<Row>& rows, std::string_view id) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
  return at == rows.end() ? nullptr : &*at;
}

Value& field_of(Footprint& footprint, std::size_t i) {
  Value* const fields[] = {&footprint.pods, &footprint.cpu_m, &footprint.memory_mib, &footprint.volume_gib, &footprint.volumes};
  return *fields[i];
}

// Adds amount to sum; what is not measured enters no total and leaves the sum as it is.
Result<void> add_measured(Value& sum, const Value& amount) {
  if (!amount.measured()) return {};
  TRY(const Rational total, sum.number.plus(amount.number));
  sum.number = total;
  return {};
}

Footprint nothing() {
  const Value zero = Value::of(Rational(0));
  return {zero, zero, zero, zero, zero};
}

class LedgerScope final : public Scope {
 public:
  LedgerScope(const Ledger& ledger, const Settings& settings) : ledger_(ledger), settings_(settings) {}

  Result<Value> value_of(std::string_view name) override {
    if (const auto at = settings_.find(name); at != settings_.end()) return at->second;
    if (const auto at = values_.find(name); at != values_.end()) return at->second;
    if (std::find(under_way_.begin(), under_way_.end(), name) != under_way_.end()) {
      return fail(Code::kUnprocessable, fmt::format("depends on itself: {}", name));
    }
    under_way_.emplace_back(name);
    Result<Value> value = compute(name);
    under_way_.pop_back();
    if (value) values_.emplace(name, *value);
    return value;
  }

  Result<Value> call(std::string_view function, const std::vector<Value>& arguments) override {
    if (function != "instance") return Scope::call(function, arguments);
    if (arguments.size() != 2) return fail(Code::kUnprocessable, "instance takes a type and a field: instance(node.type, 'vcpu')");
    const Instance* instance = row_of(ledger_.instances, arguments[0].text);
    if (instance == nullptr) return fail(Code::kUnprocessable, fmt::format("instance type is not in the ledger: {}", arguments[0].to_string()));
    return instance_field(*instance, arguments[1].text);
  }

  Result<Footprint> footprint_of(const Component& component) {
    Footprint sum = nothing();
    TRY(const Value present, component.when.evaluate(*this));
    if (!present.truth) return sum;
    for (const PodRow& pod : component.pods) {
      const Result<void> added = add_pods(pod, sum);
      if (!added) return fail(Error{added.error()}.with_context(pod.origin.to_string()));
    }
    return sum;
  }

  std::map<std::string, Value, std::less<>> take_values() { return std::move(values_); }

 private:
  static Result<Value> instance_field(const Instance& instance, std::string_view field) {
    if (field == "vcpu") return Value::of(instance.vcpu);
    if (field == "memory_mib") return Value::of(instance.memory_mib);
    if (field == "usd_per_hour") return Value::of(instance.usd_per_hour);
    // https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html: one address of each interface is its
    // own; aws-node and kube-proxy use the host's. Custom networking leaves the first interface without pods.
    const bool custom = field == "max_pods_custom";
    if (field == "max_pods" || custom) {
      TRY(const Rational per_eni, instance.ips_per_eni.minus(1));
      TRY(const Rational enis, instance.enis.minus(custom ? 1 : 0));
      TRY(const Rational addresses, enis.times(per_eni));
      TRY(const Rational pods, addresses.plus(2));
      return Value::of(pods);
    }
    return fail(Code::kUnprocessable, fmt::format("instance has vcpu, memory_mib, max_pods, max_pods_custom and usd_per_hour, not: {}", field));
  }

  Result<void> add_pods(const PodRow& pod, Footprint& sum) {
    TRY(const Value replicas, pod.replicas.evaluate(*this));
    TRY(const Value gib, pod.volume_gib.evaluate(*this));
    if (pod.kind != "Container") TRYV(add_measured(sum.pods, replicas));
    TRY(const Value cpu, pod.cpu_m.evaluate(*this));
    TRY(const Value memory, pod.memory_mib.evaluate(*this));
    const Value* const amounts[] = {&cpu, &memory, &gib};
    Value* const sums[] = {&sum.cpu_m, &sum.memory_mib, &sum.volume_gib};
    for (std::size_t i = 0; i < 3; ++i) {
      if (!replicas.measured() || !amounts[i]->measured()) {
        // The component as a whole is then not measured in this respect.
        if (sums[i]->measured()) *sums[i] = amounts[i]->measured() ? replicas : *amounts[i];
        continue;
      }
      if (!sums[i]->measured()) continue;
      TRY(const Rational all, amounts[i]->number.times(replicas.number));
      TRYV(add_measured(*sums[i], Value::of(all)));
    }
    if (gib.measured() && !gib.number.is_zero()) TRYV(add_measured(sum.volumes, replicas));
    return {};
  }

  Result<Value> compute(std::string_view name) {
    const std::size_t dot = name.find('.');
    const std::string_view head = name.substr(0, dot);
    const std::string_view rest = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
    if (head == "price") {
      if (const Price* price = row_of(ledger_.prices, rest)) return Value::of(price->usd);
    } else if (head == "assume") {
      if (const Assumption* assumption = row_of(ledger_.assumptions, rest)) return Value::of(assumption->value);
    } else if (head == "measured") {
      if (const Measurement* m = row_of(ledger_.measurements, rest)) {
        return m->value ? Value::of(*m->value) : Value::not_measured(m->id);
      }
    } else if (head == "built") {
      if (const Capability* capability = row_of(ledger_.capabilities, rest)) return Value::of(capability->built);
    } else if (head == "component" || head == "total") {
      return footprint_value(head, rest);
    } else if (head == "cost") {
      if (const CostLine* line = row_of(ledger_.costs, rest)) return formula_of(*line);
    } else if (const Quantity* quantity = row_of(ledger_.quantities, name)) {
      return formula_of(*quantity);
    }
    return fail(Code::kUnprocessable, fmt::format("no setting, quantity, price or assumption of this name: {}", name));
  }

  template <class Row>
  Result<Value> formula_of(const Row& row) {
    Result<Value> value = row.formula.evaluate(*this);
    if (!value) return fail(Error{value.error()}.with_context(row.origin.to_string()));
    return value;
  }

  Result<Value> footprint_value(std::string_view head, std::string_view rest) {
    const std::size_t dot = rest.rfind('.');
    const std::string_view field = head == "total" ? rest : rest.substr(dot == std::string_view::npos ? rest.size() : dot + 1);
    const auto at = std::find(std::begin(kFields), std::end(kFields), field);
    Footprint footprint = nothing();
    if (head == "component") {
      const Component* component = row_of(ledger_.components, rest.substr(0, dot));
      if (component == nullptr) return fail(Code::kUnprocessable, fmt::format("no such component: {}", rest));
      if (field == "present") return component->when.evaluate(*this);
      TRY(footprint, footprint_of(*component));
    } else {
      for (const Component& component : ledger_.components) {
        TRY(Footprint one, footprint_of(component));
        for (std::size_t i = 0; i < std::size(kFields); ++i) TRYV(add_measured(field_of(footprint, i), field_of(one, i)));
      }
    }
    if (at == std::end(kFields)) return fail(Code::kUnprocessable, fmt::format("a footprint has pods, cpu_m, memory_mib, volume_gib and volumes, not: {}", field));
    return field_of(footprint, static_cast<std::size_t>(at - std::begin(kFields)));
  }

  const Ledger& ledger_;
  const Settings& settings_;
  std::map<std::string, Value, std::less<>> values_;
  std::vector<std::string> under_way_;
};

Result<Money> money_of(const Value& value, const Origin& origin) {
  if (!value.measured()) return Money{0, false};
  if (value.kind != Value::Kind::kNumber) {
    return fail(Code::kUnprocessable, fmt::format("{}: a cost is a number of dollars, got {}", origin.to_string(), value.to_string()));
  }
  TRY(const std::int64_t micro, value.number.rounded(1'000'000));
  return Money{micro, true};
}

}  // namespace

Result<Settings> settings_of(const Ledger& ledger, std::string_view profile) {
  if (ledger.profile(profile) == nullptr) {
    std::string known;
    for (const Profile& one : ledger.profiles) known += (known.empty() ? "" : ", ") + one.id;
    return fail(Code::kInvalid, fmt::format("no such profile, there are {}: {}", known, profile));
  }
  Settings settings;
  for (const Decision& decision : ledger.decisions) {
    const auto at = decision.values.find(profile);
    if (at == decision.values.end()) continue;
    for (const auto& [name, value] : at->second.settings) settings.insert_or_assign(name, value);
  }
  return settings;
}

Result<Evaluation> evaluate(const Ledger& ledger, std::string_view profile) {
  TRY(const Settings settings, settings_of(ledger, profile));
  return evaluate(ledger, profile, settings);
}

Result<Evaluation> evaluate(const Ledger& ledger, std::string_view profile, const Settings& settings) {
  Evaluation out;
  out.profile = profile;
  out.settings = settings;
  LedgerScope scope(ledger, out.settings);
  for (const Quantity& quantity : ledger.quantities) TRYV(scope.value_of(quantity.id));
  for (const CostLine& line : ledger.costs) {
    TRY(const Value value, scope.value_of("cost." + line.id));
    TRY(const Money month, money_of(value, line.origin));
    out.costs.push_back({&line, month});
    out.total.micro_usd += month.micro_usd;
    out.total.measured = out.total.measured && month.measured;
    if (line.fixed) out.fixed_total.micro_usd += month.micro_usd;
  }
  out.footprint = nothing();
  for (const Component& component : ledger.components) {
    TRY(const Value present, component.when.evaluate(scope));
    TRY(Footprint footprint, scope.footprint_of(component));
    for (std::size_t i = 0; i < std::size(kFields); ++i) TRYV(add_measured(field_of(out.footprint, i), field_of(footprint, i)));
    out.components.push_back({&component, present.truth, footprint});
  }
  out.values = scope.take_values();
  return out;
}

Formulas::Formulas(const Ledger& ledger, const Settings& settings) : scope_(std::make_unique<LedgerScope>(ledger, settings)) {}
Formulas::~Formulas() = default;
Result<Value> Formulas::value(const Expression& expression) { return expression.evaluate(*scope_); }
Result<Value> Formulas::value(std::string_view name) { return scope_->value_of(name); }

Result<Value> evaluate_in(const Ledger& ledger, const Settings& settings, const Expression& expression) {
  LedgerScope scope(ledger, settings);
  return expression.evaluate(scope);
}

}  // namespace isobar::plan
