// Objects as files below one folder. The folder belongs to one process (sys::DirectoryLock), so conditional puts need
// only a mutex. A put writes beside, syncs, renames and syncs the folder. The etag is the XXH3-128 of the content.
#pragma once

#include <mutex>

#include "object_store/object_store.h"

namespace isobar::object_store {

class FilesystemStore final : public ObjectStore {
 public:
  FilesystemStore(sys::FileSystem& files, std::string directory);

  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) override;
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
  Result<Object> get(const std::string& key) override;
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override;
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) override;
  Result<void> remove_unfinished(const std::string& prefix) override;
  Result<void> remove(const std::string& key) override;
  std::string describe() const override { return directory_; }

 private:
  Result<std::string> path_of(const std::string& key) const;
  Result<void> list_into(const std::string& directory, const std::string& key_prefix, const std::string& wanted,
                         std::vector<ObjectInfo>& out);

  sys::FileSystem& files_;
  std::string directory_;
  std::mutex mutex_;
};

}  // namespace isobar::object_store
