// Objects in memory. For tests, and as the plainest statement of what a store does. Thread-safe.
#pragma once

#include <map>
#include <mutex>

#include "object_store/object_store.h"

namespace isobar::object_store {

class MemoryStore final : public ObjectStore {
 public:
  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) override;
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
  Result<Object> get(const std::string& key) override;
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override;
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) override;
  Result<void> remove_unfinished(const std::string&) override { return {}; }
  Result<void> remove(const std::string& key) override;
  std::string describe() const override { return "memory"; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> objects_;
};

}  // namespace isobar::object_store
