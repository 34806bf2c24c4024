// Whole objects of a log, for reading: fetched ahead by threads of their own, each once though every partition reads it,
// and kept up to a number of bytes. Where the store has a cache on disk they come out of it. Thread-safe.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest_log/object/object_chain.h"
#include "object_store/object_store.h"
#include "sys/task_pool.h"

namespace isobar::ingest_log {

class SegmentFetcher {
 public:
  // Without threads nothing is fetched ahead.
  SegmentFetcher(object_store::ObjectStore& store, std::size_t threads, std::uint64_t max_bytes);
  ~SegmentFetcher();

  // Waits for it if it is under way. What failed is not kept.
  Result<std::shared_ptr<const std::string>> get(const ChainSegment& segment);
  // Begins with those that are not there yet.
  void prefetch(const std::vector<ChainSegment>& segments);

 private:
  struct Fetch;
  std::shared_ptr<Fetch> find_or_begin(const ChainSegment& segment);
  void keep(const std::shared_ptr<Fetch>& fetch);
  void forget(const std::shared_ptr<Fetch>& fetch);

  object_store::ObjectStore& store_;
  const std::uint64_t max_bytes_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Fetch>> fetches_;
  std::list<std::shared_ptr<Fetch>> order_;  // the one used last at the end
  std::uint64_t held_ = 0;
  std::unique_ptr<sys::TaskPool> pool_;  // last: its tasks use the above
};

}  // namespace isobar::ingest_log
