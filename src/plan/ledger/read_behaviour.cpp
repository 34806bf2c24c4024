#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "plan/ledger/read_row.h"

namespace isobar::plan {
namespace {

// One of `words`, or a problem that names them.
template <std::size_t N>
void read_word(YamlMap& map, std::string_view key, const std::array<std::string_view, N>& words, std::string& out) {
  map.field(key, out);
  if (std::find(words.begin(), words.end(), out) != words.end()) return;
  map.problems().add(map.line(), fmt::format("{} must be one of {}: {}", key, fmt::join(words, ", "), out));
}

}  // namespace

void read_row(const YamlNode& node, ServiceRow& out, YamlProblems& problems) {
  static constexpr std::array<std::string_view, 3> kSpreads{"none", "soft", "hard"};
  YamlMap map(node, "service", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  map.field("pods", out.pods);
  map.field("external", out.external);
  if (out.external == !out.pods.empty()) problems.add(node, "a service has pods, or external: true");
  read_expression(map, "when", "true", out.when);
  read_expression(map, "quorum", "1", out.quorum);
  map.field("needs_all", out.needs_all);
  read_expression(map, "write", "false", out.write);
  read_expression(map, "read", "false", out.read);
  read_expression(map, "degraded", "false", out.degraded);
  map.field("start_deps", out.start_deps);
  map.field("hard_deps", out.hard_deps);
  map.field("soft_deps", out.soft_deps);
  map.field("silent_deps", out.silent_deps);
  read_expression(map, "ready_after", "0", out.ready_after);
  read_expression(map, "start", "0", out.start);
  read_expression(map, "crash_after", "0", out.crash_after);
  map.field("shared_volume", out.shared_volume);
  out.spread = "none";
  read_word(map, "spread", kSpreads, out.spread);
  read_source(map, out.source, false);
  map.finish();
}

void read_row(const YamlNode& node, StoreRow& out, YamlProblems& problems) {
  static constexpr std::array<std::string_view, 3> kKeepers{"process", "pod", "volume"};
  YamlMap map(node, "store", problems);
  read_id(map, out.id);
  map.field("title", out.title);
  if (!map.field("service", out.service)) problems.add(node, "service is missing: whose pods hold the copies");
  read_expression(map, "when", "true", out.when);
  read_expression(map, "replication", "1", out.replication);
  out.keeps = "process";
  read_word(map, "keeps", kKeepers, out.keeps);
  read_expression(map, "window", "0", out.window);
  map.field("replay_from", out.replay_from);
  read_source(map, out.source, false);
  map.finish();
}

void read_row(const YamlNode& node, FailureRow& out, YamlProblems& problems) {
  static constexpr std::array<std::string_view, 10> kKinds{"lose_zone", "lose_node", "lose_volume", "restart_service", "roll_upgrade",
                                                           "certificate_expires", "object_store_503", "apiserver_gone",
                                                           "return", "return_short"};
  YamlMap map(node, "failure", problems);
  read_id(map, out.id);
  if (!map.field("title", out.title)) problems.add(node, "title is missing");
  read_word(map, "kind", kKinds, out.kind);
  read_expression(map, "when", "true", out.when);
  read_expression(map, "nodes", "1", out.nodes);
  read_expression(map, "lasts", "0", out.lasts);
  read_expression(map, "per_year", "0", out.per_year);
  read_expression(map, "repair_min", "0", out.repair_min);
  read_expression(map, "repair_max", "0", out.repair_max);
  read_source(map, out.source, false);
  map.finish();
}

}  // namespace isobar::plan
