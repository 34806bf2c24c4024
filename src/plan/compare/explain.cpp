#include "plan/compare/explain.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/nearest.h"
#include "plan/compare/explain_row.h"
#include "plan/compare/wrapped_text.h"
#include "plan/report/report.h"

namespace isobar::plan {
namespace {

template <class Row>
const Row* row_of(const std::vector<Row>& rows, std::string_view id) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
  return at == rows.end() ? nullptr : &*at;
}

std::string sourced(const Source& source) {
  return source.date.empty() ? source.text : fmt::format("{}, {}", source.text, source.date);
}

class Explainer {
 public:
  Explainer(const Ledger& ledger, std::size_t width) : ledger_(ledger), out_(width) {}

  Result<std::string> explain(std::string_view id, const std::vector<std::string>& profiles) {
    for (const std::string& profile : profiles) {
      TRY(Evaluation evaluation, evaluate(ledger_, profile));
      evaluations_.push_back(std::move(evaluation));
    }
    if (const Decision* decision = ledger_.decision(id)) {
      decision_text(*decision);
    } else if (const CostLine* line = row_of(ledger_.costs, strip(id, "cost."))) {
      cost_text(*line);
    } else if (const Quantity* quantity = row_of(ledger_.quantities, id)) {
      add(0, fmt::format("{}: {} ({})", quantity->id, quantity->title, quantity->unit));
      derivations([&](const Evaluation& evaluation) { name_text(evaluation, quantity->id, 1); });
    } else if (const Component* component = row_of(ledger_.components, strip(id, "component."))) {
      component_text(*component);
    } else if (const Control* control = ledger_.control(id)) {
      control_text(*control);
    } else if (const Price* price = row_of(ledger_.prices, strip(id, "price."))) {
      add(0, fmt::format("{}: ${} for one {}", price->title, price->usd.to_string(9), price->unit));
      add(1, fmt::format("{} ({})", sourced(price->source), price->origin.to_string()));
    } else if (const Assumption* assumption = row_of(ledger_.assumptions, strip(id, "assume."))) {
      add(0, fmt::format("{}: {} {}", assumption->title, assumption->value.to_string(), assumption->unit));
      add(1, fmt::format("{} ({})", sourced(assumption->source), assumption->origin.to_string()));
    } else if (const std::string name = total_name(id); !name.empty()) {
      add(0, fmt::format("{}, over all components", name));
      derivations([&](const Evaluation& evaluation) { name_text(evaluation, name, 1); });
    } else if (id == "total" || id == "fixed") {
      bill_text(id == "fixed");
    } else if (explain_row(ledger_, id, evaluations_, out_)) {
      return out_.take();
    } else {
      return unknown(id);
    }
    return out_.take();
  }

 private:
  static std::string_view strip(std::string_view id, std::string_view prefix) {
    return id.starts_with(prefix) ? id.substr(prefix.size()) : id;
  }

  // "pods" as the reports write it, and "total.pods" as formulas do.
  static std::string total_name(std::string_view id) {
    const std::string_view field = strip(id, "total.");
    static constexpr std::string_view kFields[] = {"pods", "memory_mib", "cpu_m", "volume_gib", "volumes"};
    return std::find(std::begin(kFields), std::end(kFields), field) == std::end(kFields) ? "" : fmt::format("total.{}", field);
  }

  void bill_text(bool fixed) {
    add(0, fixed ? "what the cluster costs before any decision counts" : "the sum of all lines, each rounded to a micro-dollar");
    derivations([&](const Evaluation& evaluation) {
      add(1, fmt::format("{} a month", dollars(fixed ? evaluation.fixed_total : evaluation.total)));
      for (const EvaluatedCost& one : evaluation.costs) {
        if (one.month.micro_usd != 0 && (!fixed || one.line->fixed)) add(2, fmt::format("{} {}: plan explain {}", dollars(one.month), one.line->title, one.line->id));
        if (!one.month.measured) add(2, fmt::format("{} was not measured and is in no total", one.line->title));
      }
    });
  }

  tl::unexpected<Error> unknown(std::string_view id) const {
    std::vector<std::string_view> known;
    for (const auto& row : ledger_.decisions) known.push_back(row.id);
    for (const auto& row : ledger_.costs) known.push_back(row.id);
    for (const auto& row : ledger_.quantities) known.push_back(row.id);
    for (const auto& row : ledger_.components) known.push_back(row.id);
    for (const auto& row : ledger_.controls) known.push_back(row.id);
    for (const auto& row : ledger_.prices) known.push_back(row.id);
    for (const auto& row : ledger_.assumptions) known.push_back(row.id);
    for (const auto& row : ledger_.failures) known.push_back(row.id);
    for (const auto& row : ledger_.measurements) known.push_back(row.id);
    for (const auto& row : ledger_.instances) known.push_back(row.id);
    for (const auto& row : ledger_.capabilities) known.push_back(row.id);
    for (const std::string_view name : {"total", "fixed", "pods", "memory_mib", "cpu_m", "volumes", "volume_gib"}) known.push_back(name);
    const std::string_view nearest = nearest_word(id, known);
    return fail(Code::kNotFound, fmt::format("nothing in the ledger has this id{}: {}",
                                             nearest.empty() ? "" : fmt::format(", did you mean {}", nearest), id));
  }

  void add(std::size_t depth, std::string_view text) { out_.add(depth, text); }

  template <class Body>
  void derivations(Body body) {
    for (const Evaluation& evaluation : evaluations_) {
      out_.empty_line();
      add(0, fmt::format("in {}", evaluation.profile));
      seen_.clear();
      body(evaluation);
    }
  }

  void decision_text(const Decision& decision) {
    add(0, fmt::format("{}: {}", decision.id, decision.title));
    add(1, fmt::format("required for: {}", decision.requirement));
    add(1, fmt::format("implemented by: {}", decision.implemented_by));
    if (!decision.note.empty()) add(1, fmt::format("note: {}", decision.note));
    add(1, decision.origin.to_string());
    for (const ControlMapping& mapping : decision.controls) mapping_text(mapping);
    const std::set<std::string> affected = affected_by(decision);
    derivations([&](const Evaluation& evaluation) {
      const auto at = decision.values.find(evaluation.profile);
      add(1, fmt::format("value: {}", at->second.text));
      if (!at->second.owner.empty()) add(1, fmt::format("owner: {}", at->second.owner));
      for (const auto& [name, value] : at->second.settings) add(1, fmt::format("sets {} = {}", name, value.to_string()));
      for (const CostLine& line : ledger_.costs) {
        if (affected.contains("cost." + line.id)) name_text(evaluation, "cost." + line.id, 1);
      }
      for (const Component& component : ledger_.components) {
        if (component_affected(component, affected)) footprint_text(evaluation, component, 1);
      }
    });
  }

  void mapping_text(const ControlMapping& mapping) {
    const Control* control = ledger_.control(mapping.control);
    add(1, fmt::format("{} {} ({}): {}", mapping.control, control->title, strength_name(mapping.strength), mapping.reason));
    add(2, fmt::format("met when {}", mapping.met_when.text()));
    for (const Evaluation& evaluation : evaluations_) {
      const Result<Value> met = evaluate_in(ledger_, evaluation.settings, mapping.met_when);
      if (met) add(2, fmt::format("in {}: {}", evaluation.profile, met->truth ? "met" : "not met"));
    }
  }

  // Every row whose formula leads to a setting of the decision.
  std::set<std::string> affected_by(const Decision& decision) const {
    std::set<std::string> affected;
    for (const auto& [profile, value] : decision.values) {
      for (const auto& [name, setting] : value.settings) affected.insert(name);
    }
    const auto uses = [&](const Expression& expression) {
      return std::any_of(expression.names().begin(), expression.names().end(), [&](const std::string& name) { return affected.contains(name); });
    };
    for (bool grew = true; grew;) {
      const std::size_t before = affected.size();
      for (const Quantity& row : ledger_.quantities) {
        if (uses(row.formula)) affected.insert(row.id);
      }
      for (const CostLine& row : ledger_.costs) {
        if (uses(row.formula)) affected.insert("cost." + row.id);
      }
      for (const Component& row : ledger_.components) {
        if (!component_affected(row, affected)) continue;
        for (const char* field : {"pods", "cpu_m", "memory_mib", "volume_gib", "volumes"}) {
          affected.insert(fmt::format("component.{}.{}", row.id, field));
          affected.insert(fmt::format("total.{}", field));
        }
      }
      grew = affected.size() != before;
    }
    return affected;
  }

  static bool component_affected(const Component& component, const std::set<std::string>& affected) {
    const auto uses = [&](const Expression& expression) {
      return std::any_of(expression.names().begin(), expression.names().end(), [&](const std::string& name) { return affected.contains(name); });
    };
    return uses(component.when) || std::any_of(component.pods.begin(), component.pods.end(), [&](const PodRow& pod) {
             return uses(pod.replicas) || uses(pod.cpu_m) || uses(pod.memory_mib) || uses(pod.volume_gib);
           });
  }

  void cost_text(const CostLine& line) {
    add(0, fmt::format("{}: {}, dollars a month{}", line.id, line.title, line.fixed ? ", fixed" : ""));
    if (!line.note.empty()) add(1, line.note);
    derivations([&](const Evaluation& evaluation) { name_text(evaluation, "cost." + line.id, 1); });
  }

  void component_text(const Component& component) {
    add(0, fmt::format("{}: {}", component.id, component.title));
    add(1, fmt::format("chart: {}", component.chart));
    if (!component.note.empty()) add(1, fmt::format("note: {}", component.note));
    add(1, fmt::format("{} ({})", sourced(component.source), component.origin.to_string()));
    derivations([&](const Evaluation& evaluation) { footprint_text(evaluation, component, 1); });
  }

  void control_text(const Control& control) {
    std::string baselines;
    for (const std::string& one : control.baselines) baselines += (baselines.empty() ? "" : ", ") + one;
    add(0, fmt::format("{} {}: {}", control.id, control.title, control.meaning));
    add(1, fmt::format("in the baselines {} ({})", baselines, sourced(control.source)));
    for (const Decision& decision : ledger_.decisions) {
      for (const ControlMapping& mapping : decision.controls) {
        if (mapping.control != control.id) continue;
        out_.empty_line();
        add(0, fmt::format("{} {}", decision.id, decision.title));
        mapping_text(mapping);
      }
    }
  }

  void footprint_text(const Evaluation& evaluation, const Component& component, std::size_t depth) {
    const auto at = std::find_if(evaluation.components.begin(), evaluation.components.end(), [&](const EvaluatedComponent& one) { return one.component == &component; });
    if (!at->present) {
      add(depth, fmt::format("{}: not there, since {} is no", component.title, component.when.text()));
      return;
    }
    const Footprint& f = at->footprint;
    add(depth, fmt::format("{}: {} pods, {} MiB, {}m CPU, {} GiB of volumes", component.title, f.pods.to_string(), f.memory_mib.to_string(), f.cpu_m.to_string(), f.volume_gib.to_string()));
    for (const PodRow& pod : component.pods) {
      const auto value = [&](const Expression& expression) {
        const Result<Value> got = evaluate_in(ledger_, evaluation.settings, expression);
        return got ? got->to_string() : got.error().message;
      };
      add(depth + 1, fmt::format("{} x {} ({}): {} MiB, {}m, {} GiB", value(pod.replicas), pod.name, pod.kind, value(pod.memory_mib), value(pod.cpu_m), value(pod.volume_gib)));
    }
    add(depth + 1, sourced(component.source));
  }

  // A name, its value, its formula, and the same for each name in that formula; each once.
  void name_text(const Evaluation& evaluation, const std::string& name, std::size_t depth) {
    const Value value = value_of(evaluation, name);
    const bool again = !seen_.insert(name).second;
    if (const CostLine* line = name.starts_with("cost.") ? row_of(ledger_.costs, strip(name, "cost.")) : nullptr) {
      const auto at = std::find_if(evaluation.costs.begin(), evaluation.costs.end(), [&](const EvaluatedCost& one) { return one.line == line; });
      add(depth, fmt::format("{} = {} a month", line->title, dollars(at->month)));
      if (!again) formula_text(evaluation, line->formula, line->origin, depth + 1);
    } else if (const Quantity* quantity = row_of(ledger_.quantities, name)) {
      add(depth, fmt::format("{} = {} {}", name, value.to_string(), quantity->unit));
      if (!again) formula_text(evaluation, quantity->formula, quantity->origin, depth + 1);
    } else {
      add(depth, fmt::format("{} = {}{}", name, value.to_string(), again ? std::string{} : where_from(name)));
      if (!again && value.kind == Value::Kind::kText) instance_text(value.text, depth + 1);
      if (!again && name.starts_with("total.")) total_text(evaluation, name.substr(6), depth + 1);
    }
  }

  void formula_text(const Evaluation& evaluation, const Expression& formula, const Origin& origin, std::size_t depth) {
    add(depth, fmt::format("= {}  ({})", formula.text(), origin.to_string()));
    for (const std::string& name : formula.names()) name_text(evaluation, name, depth);
  }

  Value value_of(const Evaluation& evaluation, const std::string& name) const {
    if (const auto at = evaluation.settings.find(name); at != evaluation.settings.end()) return at->second;
    if (const auto at = evaluation.values.find(name); at != evaluation.values.end()) return at->second;
    const Result<Expression> expression = Expression::parse(name);
    const Result<Value> value = expression ? evaluate_in(ledger_, evaluation.settings, *expression) : Result<Value>(fail(expression.error()));
    return value ? *value : Value::not_measured(name);
  }

  std::string where_from(const std::string& name) const {
    if (const Price* price = row_of(ledger_.prices, strip(name, "price."))) return fmt::format(" $/{}: {}", price->unit, sourced(price->source));
    if (const Assumption* one = row_of(ledger_.assumptions, strip(name, "assume."))) return fmt::format(" {}, assumed: {}", one->unit, sourced(one->source));
    if (const Measurement* one = row_of(ledger_.measurements, strip(name, "measured."))) {
      return one->value ? fmt::format(" {}: {}", one->unit, sourced(one->source)) : fmt::format(": run {}", one->command);
    }
    if (const Decision* decision = ledger_.decision_of(name)) return fmt::format(", decision {} ({})", decision->id, decision->title);
    return {};
  }

  void instance_text(const std::string& type, std::size_t depth) {
    const Instance* instance = row_of(ledger_.instances, type);
    if (instance == nullptr) return;
    add(depth, fmt::format("{}: {} vCPU, {} MiB, {} interfaces of {} addresses, ${} an hour: {}", type, instance->vcpu.to_string(), instance->memory_mib.to_string(),
                           instance->enis.to_string(), instance->ips_per_eni.to_string(), instance->usd_per_hour.to_string(), sourced(instance->source)));
  }

  void total_text(const Evaluation& evaluation, std::string_view field, std::size_t depth) {
    for (const EvaluatedComponent& one : evaluation.components) {
      if (!one.present) continue;
      const Footprint& f = one.footprint;
      const Value& value = field == "pods" ? f.pods : field == "cpu_m" ? f.cpu_m : field == "memory_mib" ? f.memory_mib : field == "volume_gib" ? f.volume_gib : f.volumes;
      if (!value.measured() || !value.number.is_zero()) add(depth, fmt::format("{} of {}", value.to_string(), one.component->title));
    }
  }

  const Ledger& ledger_;
  std::vector<Evaluation> evaluations_;
  std::set<std::string> seen_;
  WrappedText out_;
};

}  // namespace

Result<std::string> explain(const Ledger& ledger, std::string_view id, const std::vector<std::string>& profiles, std::size_t width) {
  std::vector<std::string> wanted = profiles;
  if (wanted.empty()) {
    for (const Profile& profile : ledger.profiles) wanted.push_back(profile.id);
  }
  return Explainer(ledger, width).explain(id, wanted);
}

}  // namespace isobar::plan
