#include "plan/alerts/alert_book.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "plan/alerts/conditions.h"
#include "plan/simulation/cascade.h"
#include "plan/survival/survival.h"

namespace isobar::plan {
namespace {

using simulation::CutSet;
using simulation::Event;
using simulation::Goal;
using simulation::World;

std::string event_text(const Event& event) { return place_text({.name = {}, .events = {event}}); }

std::string set_text(const CutSet& set) {
  std::string text;
  for (const Event& event : set.failures) text += (text.empty() ? "" : " + ") + event_text(event);
  return text;
}

std::string page_path(const std::string& set) {
  std::string slug;
  for (const char c : set) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    if (word) slug += c;
    else if (!slug.empty() && slug.back() != '-') slug += '-';
  }
  return "runbooks/" + slug + ".md";
}

AlertRule rule_of(const World& world, const CutSet& set, Goal goal) {
  const char* what = goal == Goal::kWrite ? "writes" : "reads";
  AlertRule rule;
  rule.name = goal == Goal::kWrite ? "WritesAtRisk" : "ReadsAtRisk";
  rule.set = set_text(set);
  rule.severity = "warning";
  rule.page = page_path(rule.set);
  rule.hold = "2m";
  if (set.failures.size() == 1) {
    const EarlySign sign = early_sign(world, set.failures[0]);
    rule.expression = sign.expression;
    rule.summary = sign.too_late ? fmt::format("{}: {} have ended", sign.words, what) : fmt::format("{}: if {} is lost now, {} end", sign.words, rule.set, what);
    if (sign.too_late) rule.severity = "critical";
    return rule;
  }
  for (const Event& event : set.failures) {
    rule.expression += (rule.expression.empty() ? "(" : "\n+ (") + happened(world, event) + ")";
  }
  rule.expression = fmt::format("{}\n>= {}", rule.expression, set.failures.size() - 1);
  rule.summary = fmt::format("all but one of {} have happened: with the last one {} end", rule.set, what);
  return rule;
}

Result<AlertPage> page_of(const World& world, const CutSet& set, const std::string& ends) {
  simulation::Scenario scenario{.name = set_text(set), .events = set.failures};
  TRY(const simulation::Run run, simulation::simulate(world, scenario));
  AlertPage page;
  page.path = page_path(scenario.name);
  page.text = fmt::format("# {}\n\nWhen {} lost, {} end and do not come back by themselves.\n\n", scenario.name,
                          set.failures.size() == 1 ? "this is" : "all of this is", ends);
  if (!run.needs_human.empty()) {
    page.text += "## What to do\n\n";
    for (const std::string& action : run.needs_human) page.text += fmt::format("- {}\n", action);
    page.text += "\n";
  }
  page.text += "## What it will look like\n\nSimulated; times are assumptions, the order is not.\n\n```\n" + simulation::print_cascade(run, {.lines = 40}) + "```\n";
  return page;
}

// As a block of YAML: each line of the expression behind the same indentation.
std::string indented(const std::string& text, const std::string& indent) {
  std::string out;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += indent + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Result<AlertBook> alert_book(const Ledger& ledger, const std::string& profile, std::size_t most) {
  TRY(const Settings settings, settings_of(ledger, profile));
  TRY(const ProfileWorld world, world_of(ledger, profile, settings));
  AlertBook book;
  std::map<std::string, std::pair<CutSet, std::string>> sets;
  std::vector<std::string> order;
  for (const Goal goal : {Goal::kWrite, Goal::kRead}) {
    TRY(const std::vector<CutSet> cuts, simulation::minimal_cut_sets(world.world, goal, most));
    for (const CutSet& cut : cuts) {
      book.rules.push_back(rule_of(world.world, cut, goal));
      const auto [at, is_new] = sets.try_emplace(book.rules.back().set, cut, std::string{});
      if (is_new) order.push_back(at->first);
      at->second.second += (at->second.second.empty() ? "" : " and ") + std::string(goal == Goal::kWrite ? "writes" : "reads");
    }
  }
  for (const std::string& set : order) {
    TRY(AlertPage page, page_of(world.world, sets[set].first, sets[set].second));
    book.pages.push_back(std::move(page));
  }
  return book;
}

std::string rules_file(const AlertBook& book, const std::string& profile) {
  std::string out = fmt::format(
      "# What ends writes or reads of {} for good, announced before it happens; made by isobar plan alerts {}.\n"
      "# Needs kube-state-metrics with --metric-labels-allowlist=nodes=[topology.kubernetes.io/zone].\n"
      "groups:\n  - name: isobar-plan-records\n    rules:\n{}  - name: isobar-plan-{}\n    rules:\n",
      profile, profile, recording_rules(), profile);
  for (const AlertRule& rule : book.rules) {
    out += fmt::format("      - alert: {}\n        expr: |-\n{}        for: {}\n        labels: {{severity: {}, cut_set: {}}}\n"
                       "        annotations:\n          summary: {}\n          runbook_url: {}\n",
                       rule.name, indented(rule.expression, "          "), rule.hold, rule.severity, quoted(rule.set), quoted(rule.summary), quoted(rule.page));
  }
  if (book.rules.empty()) out += "      []\n";
  return out;
}

}  // namespace isobar::plan
