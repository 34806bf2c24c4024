#include "ingest_log/object/segment_fetcher.h"

namespace isobar::ingest_log {

struct SegmentFetcher::Fetch {
  Fetch(object_store::ObjectStore& store, const ChainSegment& segment)
      : key(segment.key), task([this, &store, size = kSegmentHeaderBytes + segment.bytes()] { result = read(store, size); }) {}

  Result<std::shared_ptr<const std::string>> read(object_store::ObjectStore& store, std::uint64_t size) const {
    TRY(const auto mapped, store.map(key, size));
    TRYV(mapped->fetch(0, mapped->bytes().size()));
    return std::make_shared<const std::string>(mapped->bytes());
  }

  const std::string key;
  Result<std::shared_ptr<const std::string>> result;
  // Under the mutex of all:
  bool kept = false;  // it counts
  std::list<std::shared_ptr<Fetch>>::iterator place;
  sys::SharedTask task;
};

SegmentFetcher::SegmentFetcher(object_store::ObjectStore& store, std::size_t threads, std::uint64_t max_bytes)
    : store_(store), max_bytes_(max_bytes) {
  if (threads != 0) pool_ = std::make_unique<sys::TaskPool>("log-fetch", threads);
}

SegmentFetcher::~SegmentFetcher() = default;

std::shared_ptr<SegmentFetcher::Fetch> SegmentFetcher::find_or_begin(const ChainSegment& segment) {
  const auto known = fetches_.find(segment.key);
  if (known != fetches_.end()) {
    order_.splice(order_.end(), order_, known->second->place);
    return known->second;
  }
  auto fetch = std::make_shared<Fetch>(store_, segment);
  fetches_[segment.key] = fetch;
  fetch->place = order_.insert(order_.end(), fetch);
  return fetch;
}

Result<std::shared_ptr<const std::string>> SegmentFetcher::get(const ChainSegment& segment) {
  std::shared_ptr<Fetch> fetch;
  {
    const std::lock_guard lock(mutex_);
    fetch = find_or_begin(segment);
  }
  fetch->task.finish();
  const std::lock_guard lock(mutex_);
  if (fetch->result) {
    keep(fetch);
  } else {
    forget(fetch);
  }
  return fetch->result;
}

// Counts it, and lets go of what was not used for longest. What is under way has no size yet and stays.
void SegmentFetcher::keep(const std::shared_ptr<Fetch>& fetch) {
  if (fetch->kept || !fetches_.contains(fetch->key)) return;
  fetch->kept = true;
  held_ += (*fetch->result)->size();
  for (auto at = order_.begin(); at != order_.end() && held_ > max_bytes_;) {
    const std::shared_ptr<Fetch> oldest = *at++;
    if (oldest->kept && oldest != fetch) forget(oldest);
  }
}

void SegmentFetcher::forget(const std::shared_ptr<Fetch>& fetch) {
  const auto known = fetches_.find(fetch->key);
  if (known == fetches_.end() || known->second != fetch) return;
  if (fetch->kept) held_ -= (*fetch->result)->size();
  order_.erase(known->second->place);
  fetches_.erase(known);
}

void SegmentFetcher::prefetch(const std::vector<ChainSegment>& segments) {
  if (pool_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  for (const ChainSegment& segment : segments) {
    if (fetches_.contains(segment.key)) continue;
    pool_->offer([this, fetch = find_or_begin(segment)] {
      fetch->task.run_if_free();
      if (!fetch->task.is_done()) return;  // somebody else runs it and will count it
      const std::lock_guard again(mutex_);
      if (fetch->result) keep(fetch);
    });
  }
}

}  // namespace isobar::ingest_log
