// A ReadWriteOnce volume attaches to one node: replicas of one Deployment that share it do not start on another.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

std::string first_word(const std::string& text) { return lower(text.substr(0, text.find(' '))); }

bool is_block_volume(const std::string& cell) { return has_any(cell, {"pvc", "gp2", "gp3", "ebs", "persistent volume", "rwo"}) && !has_any(cell, {"efs", "rwx", "readwritemany", "s3"}); }

// Each replica of a StatefulSet has a claim of its own; these charts run Deployments with one.
bool shares_one_claim(const std::string& item) { return first_word(item) == "grafana" && !has_any(item, {"loki", "mimir", "tempo", "alloy", "agent", "pyroscope"}); }

}  // namespace

void shared_volume(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* replicas : document.decisions()) {
    if (!has_word(replicas->item, "replica") || !shares_one_claim(replicas->item)) continue;
    for (const DocumentRow* storage : document.decisions()) {
      if (storage == replicas || !shares_one_claim(storage->item) || first_word(storage->item) != first_word(replicas->item) || !has_any(storage->item, {"storage", "volume", "disk", "persistence"})) continue;
      const auto conflict = [&](const std::string& count, const std::string& volume, const char* where) {
        const std::optional<Range> n = count_in(count);
        if (!n || n->low < 2 || !is_block_volume(volume)) return;
        add(findings, "shared_volume", Severity::kError, document, replicas->line,
            fmt::format("{}: {} with {}: {} in {}", replicas->item, count, storage->item, volume, where), "one replica, or storage that several nodes can mount",
            "the chart is one Deployment with one ReadWriteOnce claim; the second pod ends in a Multi-Attach error on another node (bitnami/charts#4257)");
      };
      conflict(replicas->prod, storage->prod, "production");
      conflict(replicas->dev, storage->dev, "development");
    }
  }
}

}  // namespace isobar::plan::rules
