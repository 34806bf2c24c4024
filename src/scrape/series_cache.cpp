#include "scrape/series_cache.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace isobar::scrape {
namespace {

struct RawHasher {
  using is_avalanching = void;
  std::size_t operator()(std::string_view raw) const noexcept { return hash64(raw); }
};

}  // namespace

struct SeriesCache::Table {
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Entry>, RawHasher> by_raw;
};

SeriesCache::SeriesCache() : table_(std::make_unique<Table>()) {}
SeriesCache::~SeriesCache() = default;

std::size_t SeriesCache::size() const { return table_->by_raw.size(); }

void SeriesCache::begin() {
  ++current_;
  seen_ = 0;
  leaving_.clear();
}

SeriesCache::Entry* SeriesCache::find(std::string_view raw) {
  const auto found = table_->by_raw.find(raw);
  return found == table_->by_raw.end() ? nullptr : found->second.get();
}

SeriesCache::Entry& SeriesCache::add(std::string_view raw, std::string_view canonical) {
  auto entry = std::make_unique<Entry>();
  entry->bytes.reserve(raw.size() + canonical.size());
  entry->bytes.append(raw).append(canonical);
  entry->raw_size = static_cast<std::uint32_t>(raw.size());
  entry->dropped = canonical.empty();
  entry->hash = hash128(canonical);
  entry->created = current_;
  const std::string_view key = std::string_view(entry->bytes).substr(0, raw.size());
  return *table_->by_raw.emplace(key, std::move(entry)).first->second;
}

void SeriesCache::see(Entry& entry, bool tracked) {
  if (entry.seen != current_) {
    entry.seen = current_;
    ++seen_;
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
  if (seen_ != table_->by_raw.size() || !orphans_.empty()) {
    // Another line may name the same series now; then it is not gone.
    boost::unordered_flat_set<Hash128, Hash128Hasher> present;
    for (const auto& [raw, entry] : table_->by_raw) {
      if (entry->seen == current_ && !entry->dropped) present.insert(entry->hash);
    }
    const auto leave = [&](std::unique_ptr<Entry> entry, bool tracked) {
      if (tracked && !present.contains(entry->hash)) gone.push_back({entry->canonical(), entry->is_histogram});
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
  last_good_ = current_;
  return gone;
}

std::vector<SeriesCache::Gone> SeriesCache::rollback() {
  std::vector<Gone> gone;
  for (auto it = table_->by_raw.begin(); it != table_->by_raw.end();) {
    Entry& entry = *it->second;
    if (entry.created == current_) {
      std::unique_ptr<Entry> added = std::move(it->second);  // its bytes are the key: out of the table first
      table_->by_raw.erase(it++);
      continue;
    }
    if (was_tracked(entry)) gone.push_back({entry.canonical(), entry.is_histogram});
    if (entry.tracked == current_) entry.tracked = entry.tracked_before;
    ++it;
  }
  for (auto& orphan : orphans_) {
    if (last_good_ != 0) gone.push_back({orphan->canonical(), orphan->is_histogram});
    leaving_.push_back(std::move(orphan));
  }
  orphans_.clear();
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
}

}  // namespace isobar::scrape
