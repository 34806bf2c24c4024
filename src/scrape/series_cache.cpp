#include "scrape/series_cache.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace isobar::scrape {
struct SeriesCache::Table {
  boost::unordered_flat_map<Hash128, std::unique_ptr<Entry>, Hash128Hasher> by_raw;
};

SeriesCache::SeriesCache() : table_(std::make_unique<Table>()) {}
SeriesCache::~SeriesCache() = default;

std::size_t SeriesCache::size() const { return table_->by_raw.size(); }

void SeriesCache::begin() {
  ++current_;
  expected_ = 0;
  next_order_.clear();
  leaving_.clear();
}

SeriesCache::Entry* SeriesCache::find(const Hash128& raw) {
  if (expected_ < order_.size() && order_[expected_]->raw == raw) return order_[expected_++];
  const auto found = table_->by_raw.find(raw);
  if (found == table_->by_raw.end()) return nullptr;
  Entry* const entry = found->second.get();
  if (entry->position < order_.size() && order_[entry->position] == entry) expected_ = entry->position + 1;
  return entry;
}

SeriesCache::Entry& SeriesCache::add(const Hash128& raw, std::string canonical) {
  auto entry = std::make_unique<Entry>();
  entry->dropped = canonical.empty();
  entry->hash = hash128(canonical);
  entry->canonical = std::move(canonical);
  entry->raw = raw;
  entry->created = current_;
  return *table_->by_raw.emplace(raw, std::move(entry)).first->second;
}

void SeriesCache::see(Entry& entry, bool tracked) {
  if (entry.seen != current_) {
    entry.seen = current_;
    entry.position = static_cast<std::uint32_t>(next_order_.size());
    next_order_.push_back(&entry);
  }
  if (tracked && entry.tracked != current_) {
    entry.tracked_before = entry.tracked;
    entry.tracked = current_;
  }
}

bool SeriesCache::was_tracked(const Entry& entry) const {
  const std::uint64_t before = entry.tracked == current_ ? entry.tracked_before : entry.tracked;
  return last_good_ != 0 && before == last_good_ && !entry.dropped;
}

std::vector<SeriesCache::Gone> SeriesCache::commit() {
  std::vector<Gone> gone;
  if (next_order_.size() != table_->by_raw.size() || !orphans_.empty()) {
    // Another line may name the same series now; then it is not gone.
    boost::unordered_flat_set<Hash128, Hash128Hasher> present;
    for (const auto& [raw, entry] : table_->by_raw) {
      if (entry->seen == current_ && !entry->dropped) present.insert(entry->hash);
    }
    const auto leave = [&](std::unique_ptr<Entry> entry, bool tracked) {
      if (tracked && !present.contains(entry->hash)) gone.push_back({entry->canonical, entry->is_histogram});
      leaving_.push_back(std::move(entry));
    };
    for (auto it = table_->by_raw.begin(); it != table_->by_raw.end();) {
      if (it->second->seen == current_) {
        ++it;
        continue;
      }
      std::unique_ptr<Entry> entry = std::move(it->second);
      table_->by_raw.erase(it++);
      const bool tracked = was_tracked(*entry);
      leave(std::move(entry), tracked);
    }
    for (auto& orphan : orphans_) leave(std::move(orphan), last_good_ != 0);
    orphans_.clear();
  }
  order_.swap(next_order_);
  last_good_ = current_;
  return gone;
}

std::vector<SeriesCache::Gone> SeriesCache::rollback() {
  std::vector<Gone> gone;
  for (auto it = table_->by_raw.begin(); it != table_->by_raw.end();) {
    Entry& entry = *it->second;
    if (entry.created == current_) {
      table_->by_raw.erase(it++);
      continue;
    }
    if (was_tracked(entry)) gone.push_back({entry.canonical, entry.is_histogram});
    if (entry.tracked == current_) entry.tracked = entry.tracked_before;
    ++it;
  }
  for (auto& orphan : orphans_) {
    if (last_good_ != 0) gone.push_back({orphan->canonical, orphan->is_histogram});
    leaving_.push_back(std::move(orphan));
  }
  orphans_.clear();
  next_order_.clear();
  last_good_ = 0;
  return gone;
}

void SeriesCache::forget_lines() {
  for (auto it = table_->by_raw.begin(); it != table_->by_raw.end(); ++it) {
    if (last_good_ != 0 && it->second->tracked == last_good_ && !it->second->dropped) {
      orphans_.push_back(std::move(it->second));
    } else {
      leaving_.push_back(std::move(it->second));
    }
  }
  table_->by_raw.clear();
  order_.clear();
}

}  // namespace isobar::scrape
