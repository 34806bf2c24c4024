#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/nearest.h"
#include "plan/ledger/ledger.h"
#include "plan/ledger/read_row.h"
#include "plan/ledger/validate.h"

namespace isobar::plan {
namespace {

constexpr std::array<std::string_view, 15> kSections{"name", "profiles", "decisions", "quantities", "costs", "components",
                                                     "prices", "instances", "assumptions", "measurements", "capabilities",
                                                     "controls", "services", "stores", "failures"};

Value setting_of(const YamlNode& node) {
  if (!node.quoted) {
    if (node.scalar == "true" || node.scalar == "false") return Value::of(node.scalar == "true");
    if (const Result<Rational> number = Rational::parse(node.scalar)) return Value::of(*number);
  }
  return Value::of(node.scalar);
}

// Settings are counts, sizes, names and switches: none of them can be below zero.
void add_setting(const std::string& name, const YamlNode& node, DecisionValue& out, YamlProblems& problems) {
  Value value = setting_of(node);
  if (value.kind == Value::Kind::kNumber && value.number.is_negative()) {
    problems.add(node, fmt::format("{} must not be negative: {}", name, node.scalar));
  } else {
    out.settings.emplace(name, std::move(value));
  }
}

void read_value(const YamlNode& node, DecisionValue& out, YamlProblems& problems) {
  YamlMap map(node, "value of a profile", problems);
  if (!map.field("text", out.text)) problems.add(node, "text is missing: what a reader sees as the value");
  map.field("owner", out.owner);
  if (const YamlNode* set = map.get("set"); set != nullptr && expect_map(*set, problems)) {
    for (const auto& [name, value] : set->pairs) {
      if (value.kind != YamlNode::Kind::kScalar) problems.add(value, fmt::format("a setting is a number, a text, true or false: {}", name));
      else add_setting(name, value, out, problems);
    }
  }
  map.finish();
}

void read_mapping(const YamlNode& node, ControlMapping& out, YamlProblems& problems) {
  static constexpr std::array<std::string_view, 4> kStrengths{"full", "partial", "weak", "none"};
  YamlMap map(node, "control", problems);
  out.origin = origin_of(node, problems);
  if (!map.field("control", out.control)) problems.add(node, "control is missing, for example control: SC-7");
  std::string strength = "full";
  map.field("strength", strength);
  const auto at = std::find(kStrengths.begin(), kStrengths.end(), strength);
  if (at == kStrengths.end()) problems.add(node, fmt::format("strength must be full, partial, weak or none: {}", strength));
  else out.strength = static_cast<Strength>(at - kStrengths.begin());
  if (!map.field("reason", out.reason)) problems.add(node, "reason is missing: why the decision serves the control, or does not");
  read_expression(map, "met_when", "true", out.met_when);
  map.finish();
}

void read_row(const YamlNode& node, Profile& out, YamlProblems& problems) {
  YamlMap map(node, "profile", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("about", out.about);
  map.finish();
}

void read_row(const YamlNode& node, Decision& out, YamlProblems& problems) {
  YamlMap map(node, "decision", problems);
  read_id(map, out.id);
  map.field("area", out.area);
  if (!map.field("title", out.title)) problems.add(node, "title is missing");
  map.field("requirement", out.requirement);
  map.field("implemented_by", out.implemented_by);
  map.field("note", out.note);
  map.field("in_seed", out.in_seed);
  if (const YamlNode* values = map.get("values"); values != nullptr && expect_map(*values, problems)) {
    for (const auto& [profile, value] : values->pairs) read_value(value, out.values[profile], problems);
  }
  if (const YamlNode* options = map.get("options"); options != nullptr && expect_sequence(*options, problems)) {
    for (const YamlNode& item : options->items) read_value(item, out.options.emplace_back(), problems);
  }
  if (const YamlNode* controls = map.get("controls"); controls != nullptr && expect_sequence(*controls, problems)) {
    for (const YamlNode& item : controls->items) read_mapping(item, out.controls.emplace_back(), problems);
  }
  map.finish();
}

void read_row(const YamlNode& node, Quantity& out, YamlProblems& problems) {
  YamlMap map(node, "quantity", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("unit", out.unit);
  map.field("note", out.note);
  read_expression(map, "formula", "", out.formula);
  map.finish();
}

void read_row(const YamlNode& node, CostLine& out, YamlProblems& problems) {
  YamlMap map(node, "cost line", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("fixed", out.fixed);
  map.field("note", out.note);
  read_expression(map, "formula", "", out.formula);
  map.finish();
}

void read_pod(const YamlNode& node, PodRow& out, YamlProblems& problems) {
  static constexpr std::array<std::string_view, 5> kKinds{"Deployment", "StatefulSet", "DaemonSet", "Container", "Job"};
  YamlMap map(node, "pod", problems);
  out.origin = origin_of(node, problems);
  if (!map.field("name", out.name)) problems.add(node, "name is missing");
  out.kind = "Deployment";
  map.field("kind", out.kind);
  if (std::find(kKinds.begin(), kKinds.end(), out.kind) == kKinds.end()) {
    problems.add(node, fmt::format("kind must be Deployment, StatefulSet, DaemonSet, Container or Job: {}", out.kind));
  }
  read_expression(map, "replicas", "1", out.replicas);
  read_expression(map, "cpu_m", "0", out.cpu_m);
  read_expression(map, "memory_mib", "0", out.memory_mib);
  read_expression(map, "volume_gib", "0", out.volume_gib);
  map.finish();
}

void read_row(const YamlNode& node, Component& out, YamlProblems& problems) {
  YamlMap map(node, "component", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("chart", out.chart);
  map.field("decision", out.decision);
  map.field("note", out.note);
  read_expression(map, "when", "true", out.when);
  if (const YamlNode* pods = map.get("pods"); pods != nullptr && expect_sequence(*pods, problems)) {
    for (const YamlNode& item : pods->items) read_pod(item, out.pods.emplace_back(), problems);
  }
  read_source(map, out.source);
  map.finish();
}

void read_row(const YamlNode& node, Price& out, YamlProblems& problems) {
  YamlMap map(node, "price", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("unit", out.unit);
  read_number(map, "usd", out.usd);
  read_source(map, out.source);
  map.finish();
}

void read_row(const YamlNode& node, Instance& out, YamlProblems& problems) {
  YamlMap map(node, "instance", problems);
  read_id(map, out.id);
  read_number(map, "vcpu", out.vcpu);
  read_number(map, "memory_mib", out.memory_mib);
  read_number(map, "enis", out.enis);
  read_number(map, "ips_per_eni", out.ips_per_eni);
  read_number(map, "usd_per_hour", out.usd_per_hour);
  read_source(map, out.source);
  map.finish();
}

void read_row(const YamlNode& node, Assumption& out, YamlProblems& problems) {
  YamlMap map(node, "assumption", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("unit", out.unit);
  read_number(map, "value", out.value);
  read_source(map, out.source, false);
  map.finish();
}

void read_row(const YamlNode& node, Measurement& out, YamlProblems& problems) {
  YamlMap map(node, "measurement", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("unit", out.unit);
  map.field("command", out.command);
  if (map.get("value") != nullptr) read_number(map, "value", out.value.emplace());
  read_source(map, out.source, out.value.has_value());
  map.finish();
}

void read_row(const YamlNode& node, Capability& out, YamlProblems& problems) {
  YamlMap map(node, "capability", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("built", out.built);
  map.field("evidence", out.evidence);
  if (out.built && out.evidence.empty()) problems.add(node, "what is built needs evidence: the command of the test that shows it");
  map.finish();
}

void read_row(const YamlNode& node, Control& out, YamlProblems& problems) {
  YamlMap map(node, "control", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("meaning", out.meaning);
  map.field("baselines", out.baselines);
  read_source(map, out.source);
  map.finish();
}

// Appends the rows of a section; one with the id of an earlier row is a problem, or replaces it when `replace`.
template <class Row>
void read_section(const YamlNode& section, std::vector<Row>& rows, bool replace, YamlProblems& problems) {
  if (section.is_null() || !expect_sequence(section, problems)) return;
  for (const YamlNode& item : section.items) {
    Row row;
    row.origin = origin_of(item, problems);
    read_row(item, row, problems);
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const Row& other) { return other.id == row.id; });
    if (same == rows.end()) rows.push_back(std::move(row));
    else if (replace) *same = std::move(row);
    else problems.add(item, fmt::format("this id is already at {}: {}", same->origin.to_string(), row.id));
  }
}

void read_file(const LedgerFile& file, bool replace, Ledger& ledger, std::vector<YamlProblem>& all) {
  YamlProblems problems(file.name);
  const YamlNode root = parse_yaml(file.text, problems);
  if (problems.empty() && (root.is_null() || expect_map(root, problems))) {
    YamlMap map(root, "ledger", problems);
    for (const std::string_view section : kSections) {
      const YamlNode* node = map.get(section);
      if (node == nullptr) continue;
      if (section == "name") bind(*node, ledger.name, problems);
      else if (section == "profiles") read_section(*node, ledger.profiles, replace, problems);
      else if (section == "decisions") read_section(*node, ledger.decisions, replace, problems);
      else if (section == "quantities") read_section(*node, ledger.quantities, replace, problems);
      else if (section == "costs") read_section(*node, ledger.costs, replace, problems);
      else if (section == "components") read_section(*node, ledger.components, replace, problems);
      else if (section == "prices") read_section(*node, ledger.prices, replace, problems);
      else if (section == "instances") read_section(*node, ledger.instances, replace, problems);
      else if (section == "assumptions") read_section(*node, ledger.assumptions, replace, problems);
      else if (section == "measurements") read_section(*node, ledger.measurements, replace, problems);
      else if (section == "capabilities") read_section(*node, ledger.capabilities, replace, problems);
      else if (section == "controls") read_section(*node, ledger.controls, replace, problems);
      else if (section == "services") read_section(*node, ledger.services, replace, problems);
      else if (section == "stores") read_section(*node, ledger.stores, replace, problems);
      else if (section == "failures") read_section(*node, ledger.failures, replace, problems);
    }
    map.finish();
  }
  all.insert(all.end(), problems.problems().begin(), problems.problems().end());
}

template <class Row>
const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
  return at == rows.end() ? nullptr : &*at;
}

}  // namespace

std::string Origin::to_string() const { return fmt::format("{}:{}", file, line); }

std::string_view strength_name(Strength strength) {
  static constexpr std::string_view kNames[] = {"full", "partial", "weak", "none"};
  return kNames[static_cast<std::size_t>(strength)];
}

const Profile* Ledger::profile(std::string_view id) const { return find_row(profiles, id); }
const Decision* Ledger::decision(std::string_view id) const { return find_row(decisions, id); }
const Control* Ledger::control(std::string_view id) const { return find_row(controls, id); }

const Decision* Ledger::decision_of(std::string_view setting) const {
  for (const Decision& decision : decisions) {
    for (const auto& [profile, value] : decision.values) {
      if (value.settings.contains(std::string(setting))) return &decision;
    }
  }
  return nullptr;
}

LoadedLedger load_ledger(const std::vector<LedgerFile>& files, const std::vector<LedgerFile>& overrides) {
  LoadedLedger loaded;
  Ledger ledger;
  for (const LedgerFile& file : files) read_file(file, false, ledger, loaded.problems);
  for (const LedgerFile& file : overrides) read_file(file, true, ledger, loaded.problems);
  for (const Price& price : ledger.prices) ledger.as_of = std::max(ledger.as_of, price.source.date);
  if (loaded.problems.empty()) validate(ledger, loaded.problems);
  if (loaded.problems.empty()) loaded.ledger = std::move(ledger);
  return loaded;
}

}  // namespace isobar::plan
