// A pod is counted once, by one number, and as often as its chart runs it.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan::rules {
namespace {

// "+12 pods, S3": how many pods a decision is said to bring.
std::optional<Range> stated_pods(const DocumentRow& row) {
  if (!has_word(row.impact, "pod")) return std::nullopt;
  return count_in(row.impact);
}

// The word that a row of decisions and a row of the pod table share: the first of the item that names a component.
// "Mimir (metrics)" and "Trivy operator" are Mimir and Trivy.
std::string component_of(const std::string& item) {
  std::string name = lower(item.substr(0, item.find('(')));
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name.ends_with(" operator") ? name.substr(0, name.size() - 9) : name;
}

const DocumentRow* in_pod_table(const Document& document, const DocumentRow& decision, const DocumentTable*& table) {
  for (const DocumentTable& one : document.tables) {
    if (one.kind != TableKind::kPods) continue;
    for (const DocumentRow& row : one.rows) {
      if (component_of(decision.item) == component_of(row.item)) {
        table = &one;
        return &row;
      }
    }
  }
  return nullptr;
}

void disagreement(const Document& document, const DocumentRow& row, Findings& findings) {
  const DocumentTable* table = nullptr;
  const DocumentRow* counted = in_pod_table(document, row, table);
  if (counted == nullptr) return;
  const std::optional<Range> stated = stated_pods(row);
  const std::optional<Range> listed = count_in(counted->prod);
  const std::optional<Range> remaining = count_in(counted->dev);
  const bool none_in_dev = says_absent(row.dev);
  const bool single = !row.prod.empty() && !count_in(row.prod);
  // What another row adds to the same line of the pod table: node agents to Velero.
  const DocumentRow* agents = has_word(row.item, "velero") ? document.decision({"node agent", "node-agent", "fsbackup"}) : nullptr;
  const std::optional<Range> more = agents == nullptr ? std::nullopt : stated_pods(*agents);
  if (stated && more && listed && stated->low + more->low == listed->low) return;
  if (stated && listed && none_in_dev && single && (stated->low > listed->high || stated->high < listed->low)) {
    add(findings, "pod_count", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.impact),
        fmt::format("the pod table at line {} has {}", counted->line, counted->prod), "two numbers for the same pods");
  }
  if (none_in_dev && remaining && remaining->low > 0) {
    add(findings, "pod_count", Severity::kWarning, document, counted->line, fmt::format("{}: {} in development", counted->item, counted->dev),
        fmt::format("line {} has \"{}\" for development", row.line, row.dev), "what is left out has no pod");
  }
}

// Charts whose number of pods no value of the seed's kind changes.
struct Chart {
  std::string_view word;
  std::string_view component;
};
constexpr Chart kCharts[] = {{"kiali", "kiali"}, {"kubecost", "kubecost"}, {"headlamp", "headlamp"}, {"trivy operator", "trivy"}};

void against_chart(const Document& document, const Ledger& ledger, const DocumentRow& row, Findings& findings) {
  const std::optional<Range> stated = stated_pods(row);
  if (!stated || ledger.profiles.empty()) return;
  for (const Chart& chart : kCharts) {
    if (!has_word(row.item, chart.word) || has_any(row.item, {"scope", "retention", "storage", "replicas"})) continue;
    if (has_any(row.all, {"external", "without", "no operator", "kiali-server", "server only", "existing prometheus"})) continue;
    const auto at = std::find_if(ledger.components.begin(), ledger.components.end(), [&](const Component& one) { return one.id == chart.component; });
    if (at == ledger.components.end()) continue;
    const auto pods = static_cast<double>(at->pods.size());
    if (stated->low <= pods && pods <= stated->high) continue;
    add(findings, "pod_count", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.impact), fmt::format("{:g} pods", pods),
        fmt::format("{}, {}", at->chart, at->source.text));
  }
}

// "Velero +4 pods" and "node agent +3 daemonset pods": the four are one server and these three.
void counted_twice(const Document& document, Findings& findings) {
  const DocumentRow* whole = document.decision({"velero"});
  const DocumentRow* part = document.decision({"node agent", "node-agent", "fsbackup"});
  if (whole == nullptr || part == nullptr || whole == part) return;
  const std::optional<Range> all = stated_pods(*whole);
  const std::optional<Range> agents = stated_pods(*part);
  if (!all || !agents || all->low != agents->low + 1) return;
  if (has_any(part->all, {"included", "incl", "counted", "of these", "thereof", "of which", "already"}) || has_any(whole->impact, {"incl", "including", "with"})) return;
  add(findings, "pod_count", Severity::kError, document, part->line, fmt::format("{}: {}, beside {}: {}", part->item, part->impact, whole->item, whole->impact),
      fmt::format("{:g} pods in all", all->low), fmt::format("{:g} = 1 server + {:g} node agents, so line {} counts the agents already", all->low, agents->low, whole->line));
}

// The row of all of it, by the chart: not "Mimir ingesters", not one process by manifests of one's own.
bool is_whole_mimir(const DocumentRow& row) {
  if (!has_word(row.item, "mimir") || has_any(row.all, {"monolithic", "single", "singlebinary", "target=all", "one process"})) return false;
  const std::string name = component_of(row.item);
  return name == "mimir" || name == "grafana mimir" || name == "mimir-distributed" || name == "mimir stack";
}

// Mimir in microservices without Kafka: below eight pods a part is missing.
void smallest_mimir(const Document& document, Findings& findings) {
  constexpr double kSmallest = 8;
  for (const DocumentTable& table : document.tables) {
    if (table.kind != TableKind::kPods) continue;
    for (const DocumentRow& row : table.rows) {
      const std::optional<Range> dev = count_in(row.dev);
      if (!is_whole_mimir(row) || !dev || dev->high <= 0 || dev->high >= kSmallest) continue;
      add(findings, "pod_count", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.dev), "0 or at least 8",
          "mimir-distributed needs distributor, ingester, querier, query-frontend, query-scheduler, store-gateway, compactor and gateway");
    }
  }
}

}  // namespace

void pod_count(const Document& document, const Ledger& ledger, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    disagreement(document, *row, findings);
    against_chart(document, ledger, *row, findings);
  }
  counted_twice(document, findings);
  smallest_mimir(document, findings);
}

}  // namespace isobar::plan::rules
