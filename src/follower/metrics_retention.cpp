// Retention in MetricsStore: whole blocks by time and by size, and series by selector.
#include <algorithm>
#include <set>

#include "blocks/companions.h"
#include "follower/metrics_store.h"

namespace isobar::follower {
namespace {

bool names(const std::vector<blocks::BlockEntry>& entries, const std::string& id) {
  return std::any_of(entries.begin(), entries.end(), [&](const blocks::BlockEntry& e) { return e.id == id; });
}

Duration keep_of_series(const std::vector<RetentionRule>& rules, Duration otherwise, const model::Labels& labels) {
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

Duration MetricsStore::keep_of(Duration resolution) const {
  const auto own = options_.retention_by_resolution.find(resolution);
  return own == options_.retention_by_resolution.end() ? options_.retention : own->second;
}

// How long anything of that resolution or a coarser one is kept; zero: for ever.
Duration MetricsStore::longest_keep_from(Duration resolution) const {
  Duration longest = keep_of(resolution);
  for (const auto& [coarser, keep] : options_.retention_by_resolution) {
    if (coarser <= resolution) continue;
    if (longest.ms == 0 || keep.ms == 0) return {};
    longest = std::max(longest, keep);
  }
  return longest;
}

bool MetricsStore::past_keep(Duration resolution, Timestamp newest) const {
  return over(longest_keep(*retention_rules(), keep_of(resolution)), clock_.now() - newest);
}

// A resolution that is kept longer than the block has to be made of it first. What cannot be read is not waited for.
bool MetricsStore::awaits_companion(const OpenBlock& block) const {
  if (!usable(block) || block.entry.samples == 0) return false;
  return std::any_of(options_.downsampling.begin(), options_.downsampling.end(), [&](Duration resolution) {
    return resolution > block.entry.resolution && options_.retention_by_resolution.contains(resolution) && !has_resolution(block, resolution) &&
           !past_keep(resolution, block.entry.max_time);
  });
}

// Companions with a retention of their own stay.
void MetricsStore::drop_block(const OpenBlock& block, std::vector<blocks::BlockEntry>& gone) const {
  gone.push_back(block.entry);
  for (const OpenBlock& companion : block.coarser) {
    const bool own = options_.retention_by_resolution.contains(companion.entry.resolution);
    if (!own && !names(gone, companion.entry.id)) gone.push_back(companion.entry);
  }
}

std::vector<blocks::BlockEntry> MetricsStore::past_retention(const OpenBlocks& all) const {
  std::vector<blocks::BlockEntry> gone;
  for (const OpenBlock& block : all) {
    if (past_keep(block.entry.resolution, block.entry.max_time) && !awaits_companion(block)) drop_block(block, gone);
    for (const OpenBlock& companion : block.coarser) {
      if (!names(gone, companion.entry.id) && past_keep(companion.entry.resolution, companion.entry.max_time)) gone.push_back(companion.entry);
    }
  }
  if (options_.retention_bytes == 0) return gone;
  OpenBlocks oldest_first = all;
  std::sort(oldest_first.begin(), oldest_first.end(), [](const OpenBlock& a, const OpenBlock& b) {
    return std::tie(a.entry.max_time, a.entry.id) < std::tie(b.entry.max_time, b.entry.id);
  });
  std::uint64_t bytes = 0;
  for (const OpenBlock& block : flat(all)) bytes += block.entry.size_bytes;
  for (const blocks::BlockEntry& entry : gone) bytes -= entry.size_bytes;
  for (const OpenBlock& block : oldest_first) {
    if (bytes <= options_.retention_bytes) break;
    const std::size_t before = gone.size();
    if (!names(gone, block.entry.id)) drop_block(block, gone);
    for (std::size_t i = before; i < gone.size(); ++i) bytes -= gone[i].size_bytes;
    for (const OpenBlock& companion : block.coarser) {
      if (bytes <= options_.retention_bytes || names(gone, companion.entry.id)) continue;
      gone.push_back(companion.entry);
      bytes -= companion.entry.size_bytes;
    }
  }
  return gone;
}

// Companions of what is gone that no view has: an attempt to make them had an unknown outcome.
std::vector<blocks::BlockEntry> MetricsStore::take_left_companions(blocks::Manifest& m, const std::vector<blocks::BlockEntry>& gone) const {
  std::vector<blocks::BlockEntry> left;
  for (const blocks::BlockEntry& e : m.blocks) {
    const auto made_of = [&](const blocks::BlockEntry& other) { return blocks::companion_of(e, other); };
    if (options_.retention_by_resolution.contains(e.resolution) || std::none_of(gone.begin(), gone.end(), made_of)) continue;
    if (std::none_of(m.blocks.begin(), m.blocks.end(), made_of)) left.push_back(e);
  }
  std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) { return names(left, e.id); });
  return left;
}

Result<void> MetricsStore::drop_expired() {
  const std::lock_guard lock(compact_mutex_);
  // Of the views, not of the manifest: that may name what is still being published, or lack what an attempt of ours with an
  // unknown outcome has removed.
  OpenBlocks all;
  {
    const std::lock_guard views(views_mutex_);
    for (const auto& p : partitions_) all.insert(all.end(), p->blocks->begin(), p->blocks->end());
  }
  const std::vector<blocks::BlockEntry> gone = past_retention(all);
  if (gone.empty()) {
    recovered("retention");
    return {};
  }
  std::vector<blocks::BlockEntry> unseen;
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) { return names(gone, e.id); });
    unseen = take_left_companions(m, gone);
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
  for (const blocks::BlockEntry& entry : gone) {
    recovered("block " + entry.id);
    (void)objects_.remove(entry.key);
  }
  for (const blocks::BlockEntry& entry : unseen) (void)objects_.remove(entry.key);
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
      // What leaves the block leaves its companions too, so it stays as long as the longest of them.
      const Duration otherwise = longest_keep_from(block.entry.resolution);
      const Duration reached = longest_over(*rules, otherwise, age);
      if (stopping_) return false;
      if (reached.ms == 0 || looked_through_[block.entry.id] >= reached) continue;
      const auto expired = [&rules, otherwise, age](const model::Labels& labels) { return over(keep_of_series(*rules, otherwise, labels), age); };
      const auto reader = block.handle->open();
      if (!reader) continue;  // another time
      const Result<bool> any = holds_any(**reader, expired);
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
