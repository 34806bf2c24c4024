// Retention in MetricsStore: whole blocks by time and by size, and series by selector.
#include <algorithm>
#include <set>

#include "follower/metrics_store.h"

namespace isobar::follower {
namespace {

bool names(const std::vector<blocks::BlockEntry>& entries, const std::string& id) {
  return std::any_of(entries.begin(), entries.end(), [&](const blocks::BlockEntry& e) { return e.id == id; });
}

Duration keep_of(const std::vector<RetentionRule>& rules, Duration otherwise, const model::Labels& labels) {
  for (const RetentionRule& rule : rules) {
    if (std::all_of(rule.selector.begin(), rule.selector.end(), [&](const model::Matcher& m) { return m.matches(labels); })) return rule.keep;
  }
  return otherwise;
}

bool over(Duration keep, Duration age) { return keep.ms != 0 && keep < age; }

// How long anything is kept; zero: for ever.
Duration longest_keep(const std::vector<RetentionRule>& rules, Duration otherwise) {
  Duration longest = otherwise;
  for (const RetentionRule& rule : rules) {
    if (longest.ms == 0 || rule.keep.ms == 0) return {};
    longest = std::max(longest, rule.keep);
  }
  return longest;
}

// The longest of all times that is over; zero: none is.
Duration longest_over(const std::vector<RetentionRule>& rules, Duration otherwise, Duration age) {
  Duration longest = over(otherwise, age) ? otherwise : Duration{};
  for (const RetentionRule& rule : rules) {
    if (over(rule.keep, age)) longest = std::max(longest, rule.keep);
  }
  return longest;
}

Result<bool> holds_any(const tsdb::BlockReader& block, const std::function<bool(const model::Labels&)>& wanted) {
  for (const std::string& tenant : block.tenants()) {
    for (std::uint32_t i = 0; i < block.series_count(tenant); ++i) {
      TRY(const tsdb::SelectedSeries series, block.series_at(tenant, i));
      if (wanted(series.labels)) return true;
    }
  }
  return false;
}

}  // namespace

void MetricsStore::set_retention_rules(std::vector<RetentionRule> rules) {
  auto next = std::make_shared<const std::vector<RetentionRule>>(std::move(rules));
  const std::lock_guard lock(rules_mutex_);
  retention_rules_ = std::move(next);
}

std::shared_ptr<const std::vector<RetentionRule>> MetricsStore::retention_rules() const {
  const std::lock_guard lock(rules_mutex_);
  return retention_rules_;
}

std::vector<blocks::BlockEntry> MetricsStore::past_retention(const std::vector<blocks::BlockEntry>& entries) {
  std::vector<blocks::BlockEntry> oldest_first = entries;
  std::sort(oldest_first.begin(), oldest_first.end(), [](const blocks::BlockEntry& a, const blocks::BlockEntry& b) {
    return std::tie(a.max_time, a.id) < std::tie(b.max_time, b.id);
  });
  const Timestamp now = clock_.now();
  const Duration keep = longest_keep(*retention_rules(), options_.retention);
  std::uint64_t bytes = 0;
  for (const blocks::BlockEntry& entry : entries) bytes += entry.size_bytes;
  std::vector<blocks::BlockEntry> gone;
  for (const blocks::BlockEntry& entry : oldest_first) {
    const bool too_much = options_.retention_bytes != 0 && bytes > options_.retention_bytes;
    if (!too_much && !over(keep, now - entry.max_time)) break;
    bytes -= entry.size_bytes;
    gone.push_back(entry);
  }
  return gone;
}

Result<void> MetricsStore::drop_expired() {
  const std::lock_guard lock(compact_mutex_);
  // Of the views, not of the manifest: that may name what is still being published, or lack what an attempt of ours with an
  // unknown outcome has removed.
  const std::vector<blocks::BlockEntry> gone = past_retention(block_entries());
  if (gone.empty()) {
    recovered("retention");
    return {};
  }
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) { return names(gone, e.id); });
    for (const auto& p : partitions_) blocks::settle_tombstones(m, p->id, *tombstones_of(*p));
    return {};
  });
  if (!published) {
    report("retention", published.error().message, "the blocks stay and are tried again");
    return fail(published.error());
  }
  recovered("retention");
  remove_views(gone);
  expired_blocks_.add(gone.size());
  for (const blocks::BlockEntry& entry : gone) (void)objects_.remove(entry.key);
  return {};
}

Result<bool> MetricsStore::expire_series_once() {
  const std::lock_guard lock(compact_mutex_);
  const auto rules = retention_rules();
  if (rules->empty()) return false;
  if (looked_by_ != rules) looked_through_.clear();
  looked_by_ = rules;
  const Timestamp now = clock_.now();
  std::set<std::string> there;
  for (const Merge& partition : blocks_by_partition()) {
    for (const OpenBlock& block : partition.inputs) {
      there.insert(block.entry.id);
      if (!usable(block)) continue;
      const Duration age = now - block.entry.max_time;
      const Duration reached = longest_over(*rules, options_.retention, age);
      if (stopping_) return false;
      if (reached.ms == 0 || looked_through_[block.entry.id] >= reached) continue;
      const auto expired = [this, &rules, age](const model::Labels& labels) { return over(keep_of(*rules, options_.retention, labels), age); };
      const Result<bool> any = holds_any(*block.reader, expired);
      if (any && !*any) {
        looked_through_[block.entry.id] = reached;
        continue;
      }
      TRYV(run_merge({{block}, partition.tombstones, expired}));
      rewrites_.add();
      return true;
    }
  }
  std::erase_if(looked_through_, [&](const auto& known) { return !there.contains(known.first); });
  return false;
}

}  // namespace isobar::follower
