#include "config/bind.h"
#include "config/config.h"
#include "promql/parser.h"

namespace isobar::config {
namespace {

constexpr std::size_t kMostRules = 100;

void bind_rule(const YamlNode& node, RetentionRule& out, YamlProblems& problems) {
  YamlMap map(node, "a rule of storage.retention", problems);
  if (!map.field("selector", out.selector)) {
    problems.add(node, "a rule of storage.retention has no selector, write one such as '{namespace=\"dev\"}'");
  } else if (auto matchers = promql::parse_series_selector(out.selector)) {
    out.matchers = *std::move(matchers);
  } else {
    problems.add(*node.find("selector"), std::move(matchers).error().with_context("selector").message);
  }
  if (!map.field("for", out.keep)) {
    problems.add(node, "a rule of storage.retention does not say for how long, write for: 7d, or 0s for ever");
  } else if (out.keep < Duration{0}) {
    problems.add(node, "a rule of storage.retention cannot keep for less than 0s");
  }
  map.finish();
}

}  // namespace

void bind_storage(const YamlNode& node, StorageConfig& out, std::string_view not_used, YamlProblems& problems) {
  YamlMap map(node, "storage", problems);
  for (const char* key : {"tsdb", "exemplars"}) map.unused(key, not_used);
  const YamlNode* rules = map.get("retention");
  map.finish();
  if (rules == nullptr || !expect_sequence(*rules, problems)) return;
  if (rules->items.size() > kMostRules) problems.add(*rules, fmt::format("storage.retention takes at most {} rules", kMostRules));
  for (const YamlNode& item : rules->items) bind_rule(item, out.retention.emplace_back(), problems);
}

}  // namespace isobar::config
