#include "plan/compare/compare_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "codec/json_writer.h"

namespace isobar::plan {
namespace {

std::string json_array(const std::vector<std::string>& items) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_array();
  for (const std::string& item : items) json.string(item);
  json.end_array();
  return out;
}

bool in_baseline(const Control& control, std::string_view baseline) {
  return std::find(control.baselines.begin(), control.baselines.end(), baseline) != control.baselines.end();
}

// "SC-8, CP-10 (partly)": those that the baseline asks for; others in brackets of their own.
Cell controls_cell(const Ledger& ledger, const std::vector<const ControlMapping*>& mappings, const std::string& baseline) {
  std::string text;
  std::vector<std::string> ids;
  for (const ControlMapping* mapping : mappings) {
    const Control* control = ledger.control(mapping->control);
    if (!text.empty()) text += ", ";
    text += mapping->control;
    if (mapping->strength != Strength::kFull) text += fmt::format(" ({})", strength_name(mapping->strength));
    if (control != nullptr && !in_baseline(*control, baseline)) text += " (not required)";
    ids.push_back(mapping->control);
  }
  return {text, json_array(ids)};
}

// Those that are no longer survived.
Cell failures_cell(const std::vector<const FailureRow*>& failures) {
  std::string text;
  std::vector<std::string> ids;
  for (const FailureRow* one : failures) {
    text += (text.empty() ? "" : ", ") + one->id;
    ids.push_back(one->id);
  }
  return {text, json_array(ids)};
}

bool saves_nothing(const DecisionChange& change) {
  const FigureChange& c = change.change;
  const auto less = [](const Value& v) { return v.measured() && v.number.is_negative(); };
  return c.month.micro_usd >= 0 && !less(c.pods) && !less(c.memory_mib) && !less(c.cpu_m) && !less(c.volume_gib);
}

Table decisions_table(const Ledger& ledger, const Comparison& comparison, const CompareOptions& options) {
  Table table{"decisions",
              "What each decision alone changes",
              {{"id", "id"}, {"decision", "decision"}, {"usd_micro", "$/month", true}, {"pods", "pods", true},
               {"memory_mib", "MiB", true}, {"cpu_m", "CPU", true, true}, {"volume_gib", "GiB", true, true}, {"controls_waived", "controls waived"}, {"no_longer_survived", "failures"}},
              {}, SIZE_MAX, {}};
  std::vector<std::string> free_waivers;
  for (const DecisionChange& change : comparison.decisions) {
    if (!change.differs && !options.all) continue;
    table.rows.push_back({change.decision->id, change.decision->title, money_change_cell(change.change.month),
                          change_cell(change.change.pods), change_cell(change.change.memory_mib), change_cell(change.change.cpu_m),
                          change_cell(change.change.volume_gib),
                          controls_cell(ledger, change.waived, options.baseline), failures_cell(change.no_longer_survived)});
    if (!change.waived.empty() && saves_nothing(change)) free_waivers.push_back(change.decision->id);
  }
  table.ruled_before = table.rows.size();
  const auto sum = [&](const char* name, const FigureChange& change, const std::vector<const FailureRow*>& lost) {
    table.rows.push_back({"", name, money_change_cell(change.month), change_cell(change.pods), change_cell(change.memory_mib), change_cell(change.cpu_m), change_cell(change.volume_gib),
                          Cell{"", "[]"}, failures_cell(lost)});
  };
  sum("counted more than once above", comparison.interactions, {});
  sum("all decisions", comparison.total, comparison.no_longer_survived);
  if (!free_waivers.empty()) {
    std::string ids;
    for (const std::string& id : free_waivers) ids += (ids.empty() ? "" : ", ") + id;
    table.notes.push_back(fmt::format("These give up a control and save nothing: {}.", ids));
  }
  return table;
}

Table costs_table(const Comparison& comparison) {
  Table table{"costs",
              "The bill, dollars a month",
              {{"id", "line"}, {"title", "what"}, {"a_usd_micro", comparison.a.profile, true},
               {"b_usd_micro", comparison.b.profile, true}, {"change_usd_micro", "change", true}},
              {}, SIZE_MAX, {}};
  for (std::size_t i = 0; i < comparison.a.costs.size(); ++i) {
    const EvaluatedCost& a = comparison.a.costs[i];
    const EvaluatedCost& b = comparison.b.costs[i];
    table.rows.push_back({a.line->id, a.line->title + (a.line->fixed ? " (fixed)" : ""), money_cell(a.month), money_cell(b.month),
                          money_change_cell({b.month.micro_usd - a.month.micro_usd})});
  }
  table.ruled_before = table.rows.size();
  const auto row = [&](const char* id, const char* title, const Money& a, const Money& b) {
    table.rows.push_back({id, title, money_cell(a), money_cell(b), money_change_cell({b.micro_usd - a.micro_usd})});
  };
  row("total", "total", comparison.a.total, comparison.b.total);
  row("fixed", "of it fixed: no decision here changes it", comparison.a.fixed_total, comparison.b.fixed_total);
  return table;
}

Table footprint_table(const Comparison& comparison) {
  Table table{"footprint",
              "What is requested of the nodes",
              {{"what", "what"}, {"a", comparison.a.profile, true}, {"b", comparison.b.profile, true}, {"change", "change", true}},
              {}, SIZE_MAX, {}};
  const Footprint& a = comparison.a.footprint;
  const Footprint& b = comparison.b.footprint;
  const auto row = [&](const char* title, const Value& from, const Value& to) {
    const Result<Rational> change = to.number.minus(from.number);
    table.rows.push_back({title, value_cell(from), value_cell(to), change ? change_cell(Value::of(*change)) : Cell{}});
  };
  row("pods", a.pods, b.pods);
  row("memory requests, MiB", a.memory_mib, b.memory_mib);
  row("CPU requests, thousandths", a.cpu_m, b.cpu_m);
  row("volumes", a.volumes, b.volumes);
  row("volumes, GiB", a.volume_gib, b.volume_gib);
  return table;
}

Table controls_table(const Comparison& comparison, const CompareOptions& options) {
  Table table{"controls",
              fmt::format("Controls of the {} baseline (NIST SP 800-53 rev 5) that the ledger names", options.baseline),
              {{"control", "control"}, {"title", "title"}, {"a", comparison.a.profile}, {"b", comparison.b.profile}},
              {}, SIZE_MAX, {}};
  const auto state = [](Strength strength) { return strength == Strength::kNone ? std::string("not met") : std::string(strength_name(strength)); };
  std::size_t lost = 0;
  for (const ControlState& one : comparison.controls) {
    if (!in_baseline(*one.control, options.baseline)) continue;
    table.rows.push_back({one.control->id, one.control->title, state(one.in_a), state(one.in_b)});
    if (one.in_b > one.in_a) ++lost;
  }
  table.notes.push_back(fmt::format("{} of {} are met less well in {}. full, partial and weak say how well the decision fits the control: plan explain ID.",
                                    lost, table.rows.size(), comparison.b.profile));
  return table;
}

Table failures_table(const Comparison& comparison) {
  Table table{"failures",
              "What happens when something fails, at the worst place",
              {{"failure", "failure"}, {"title", "what"}, {"a", comparison.a.profile}, {"b", comparison.b.profile}},
              {}, SIZE_MAX, {}};
  for (std::size_t i = 0; i < comparison.survival_a.failures.size(); ++i) {
    const FailureVerdict& a = comparison.survival_a.failures[i];
    table.rows.push_back({a.failure->id, a.failure->title, verdict_text(a), verdict_text(comparison.survival_b.failures[i])});
  }
  table.notes.push_back(fmt::format("{} no longer survived in {}: {} not survived of {} that apply, {} of {} in {}. Survived: it comes back by itself and no accepted data is lost. plan simulate shows how.",
                                    comparison.no_longer_survived.size(), comparison.b.profile, comparison.survival_b.not_survived(),
                                    comparison.survival_b.applicable(), comparison.survival_a.not_survived(), comparison.survival_a.applicable(), comparison.a.profile));
  return table;
}

Table assumptions_table(const Ledger& ledger) {
  Table table{"assumptions",
              "Assumptions: figures that nobody can know before it runs; --assume id=value sets one",
              {{"id", "id"}, {"value", "value", true}, {"unit", "unit"}, {"title", "what"}},
              {}, SIZE_MAX, {}};
  for (const Assumption& one : ledger.assumptions) {
    table.rows.push_back({one.id, value_cell(Value::of(one.value)), one.unit, one.title});
  }
  return table;
}

// What enters no total of a profile, since nobody measured it: "requests of Isobar, objects of Isobar in S3".
std::string not_measured(const Evaluation& evaluation) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  for (const EvaluatedComponent& one : evaluation.components) {
    const Footprint& f = one.footprint;
    if (one.present && !(f.memory_mib.measured() && f.cpu_m.measured() && f.pods.measured())) add("requests of " + one.component->title);
  }
  for (const EvaluatedCost& one : evaluation.costs) {
    if (!one.month.measured) add(one.line->title);
  }
  return text;
}

std::string footprint_sentence(const Comparison& comparison) {
  std::string text = fmt::format("{} pods become {}, and {} MiB of memory requests become {}.", value_cell(comparison.a.footprint.pods).text,
                                 value_cell(comparison.b.footprint.pods).text, value_cell(comparison.a.footprint.memory_mib).text,
                                 value_cell(comparison.b.footprint.memory_mib).text);
  for (const Evaluation* evaluation : {&comparison.a, &comparison.b}) {
    const std::string missing = not_measured(*evaluation);
    if (!missing.empty()) text += fmt::format(" Not measured, and in no figure of {}: {}.", evaluation->profile, missing);
  }
  return text;
}

}  // namespace

std::string percent_change(const Money& a, const Money& b) {
  if (a.micro_usd == 0) return "";
  const Result<Rational> share = Rational::make(Wide{b.micro_usd - a.micro_usd} * 100, a.micro_usd);
  return share ? (share->is_negative() ? "" : "+") + share->to_string(1) + "%" : "";
}

Result<Report> compare_report(const Ledger& ledger, const Comparison& comparison, const CompareOptions& options) {
  static const std::set<std::string> kBaselines{"LOW", "MODERATE", "HIGH"};
  if (!kBaselines.contains(options.baseline)) {
    return fail(Code::kInvalid, fmt::format("--baseline must be LOW, MODERATE or HIGH: {}", options.baseline));
  }
  Report report;
  const Evaluation& a = comparison.a;
  const Evaluation& b = comparison.b;
  report.title = fmt::format("{} beside {}", b.profile, a.profile);
  const std::string percent = percent_change(a.total, b.total);
  report.paragraphs.push_back(fmt::format("{} a month become {}{}. {}", dollars(a.total), dollars(b.total), percent.empty() ? "" : fmt::format(" ({})", percent),
                                          footprint_sentence(comparison)));
  report.paragraphs.push_back(fmt::format("{}plan explain ID shows where a figure comes from.", ledger.as_of.empty() ? "" : fmt::format("Prices as of {}; ", ledger.as_of)));
  report.tables.push_back(decisions_table(ledger, comparison, options));
  report.tables.push_back(costs_table(comparison));
  report.tables.push_back(footprint_table(comparison));
  report.tables.push_back(controls_table(comparison, options));
  if (!ledger.failures.empty()) report.tables.push_back(failures_table(comparison));
  report.tables.push_back(assumptions_table(ledger));
  return report;
}

}  // namespace isobar::plan
