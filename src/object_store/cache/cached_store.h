// A store whose immutable objects are read through copies on a local disk.
//
// map() gives a file of the object's size that fills up page by page as it is read; each page is fetched once, neighbours in
// one request, what will be wanted soon by threads of its own. A second file beside it names the checksum of every page, so
// that what a process finds after a restart is used where it is sound and fetched again where it is not. The folder may be
// emptied at any time: open copies go on, others are fetched again. While the disk fails or is full, objects are mapped in
// memory, up to `memory_bytes`; past that map() is kUnavailable.
//
// At most `max_bytes` on disk: what was used least recently is removed, also where it is mapped (MappedFile::given_up); its
// space is free once the last reader has let go. Everything but map() and remove() goes to the store below.
// Thread-safe. Files: <directory>/<hash of key and size>.copy, .pages.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "object_store/object_store.h"
#include "sys/file_system.h"
#include "sys/task_pool.h"
#include "telemetry/metrics.h"

namespace isobar::object_store {

struct CacheOptions {
  std::string directory;
  std::uint64_t max_bytes = 10ULL << 30;
  std::uint64_t memory_bytes = 256ULL << 20;  // of objects that the disk did not take
  std::uint64_t page_bytes = 1ULL << 20;
  std::uint64_t request_bytes = 8ULL << 20;  // neighbouring pages that one request takes
  std::size_t threads = 8;                   // 0: nothing is fetched ahead
  telemetry::Registry* metrics = nullptr;
};

class CachedStore final : public ObjectStore {
 public:
  // What an earlier process left in the folder is used. Never fails: without a folder there is no cache.
  CachedStore(ObjectStore& store, sys::FileSystem& files, CacheOptions options);
  ~CachedStore() override;

  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) override {
    return store_.put(key, bytes, std::move(condition));
  }
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override { return store_.create(key); }
  Result<Object> get(const std::string& key) override { return store_.get(key); }
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override {
    return store_.get_range(key, offset, size);
  }
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) override {
    return store_.list(prefix, after);
  }
  Result<void> remove_unfinished(const std::string& prefix) override { return store_.remove_unfinished(prefix); }
  Result<void> remove(const std::string& key) override;
  std::string describe() const override { return store_.describe(); }

  std::uint64_t held_bytes() const;

 private:
  friend class CachedObject;
  struct Entry {
    std::string name;  // of its files
    std::string key;   // empty: an earlier process fetched it
    std::uint64_t bytes = 0;  // of pages on disk
    std::weak_ptr<class CachedObject> object;
  };

  void find_left_files();
  Result<std::shared_ptr<class CachedObject>> open_copy(const std::string& key, const std::string& name, std::uint64_t size);
  void disk_failed(const Error& error);
  bool disk_works();  // tries again after a failure
  // Counts what was written, and makes room.
  void grown(const std::string& name, std::uint64_t bytes);
  void make_room(const std::string& spared);
  void remove_files(const std::string& name);

  ObjectStore& store_;
  sys::FileSystem& files_;
  const CacheOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::list<Entry>::iterator> by_name_;
  std::list<Entry> order_;  // the one used last at the end
  std::uint64_t held_ = 0;
  bool disk_failed_ = false;
  std::atomic<std::uint64_t> in_memory_{0};
  telemetry::Counter* hits_ = nullptr;
  telemetry::Counter* misses_ = nullptr;
  telemetry::Counter* fetched_bytes_ = nullptr;
  telemetry::Counter* damaged_ = nullptr;
  telemetry::Counter* evictions_ = nullptr;
  telemetry::Counter* disk_failures_ = nullptr;
  std::unique_ptr<sys::TaskPool> pool_;  // last: its tasks use the above
};

}  // namespace isobar::object_store
