// Objects as files that can only be read, so that what was made to read folders reads buckets: blocks of Prometheus, Mimir and
// Thanos where they lie. Folders are what stands before a '/'. What there is was listed once, at the beginning; objects are
// taken not to change. Mapped files fill up as they are read (sys::MappedFile). Writing is kUnsupported. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "object_store/object_store.h"
#include "sys/file_system.h"

namespace isobar::object_store {

class StoreFiles final : public sys::FileSystem {
 public:
  // Paths begin with `root` ("s3://bucket/prefix"), which stands for the store's own root. The store must outlive it.
  static Result<std::unique_ptr<StoreFiles>> open(ObjectStore& store, std::string root);

  Result<std::unique_ptr<sys::File>> open(const std::string& path, sys::OpenMode mode) override;
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<bool> exists(const std::string& path) override;
  Result<Space> space(const std::string&) override { return Space{}; }
  Result<void> create_directories(const std::string& path) override { return refuse(path); }
  Result<void> rename(const std::string& from, const std::string&) override { return refuse(from); }
  Result<void> remove(const std::string& path) override { return refuse(path); }
  Result<void> link(const std::string& from, const std::string&) override { return refuse(from); }
  Result<void> sync_directory(const std::string& path) override { return refuse(path); }

 private:
  StoreFiles(ObjectStore& store, std::string root) : store_(store), root_(std::move(root)) {}
  static Result<void> refuse(const std::string& path);
  // The key of a path; empty for the root itself.
  Result<std::string> key_of(const std::string& path) const;
  Result<std::uint64_t> size_of(const std::string& key, const std::string& path) const;

  ObjectStore& store_;
  const std::string root_;
  std::map<std::string, std::uint64_t> sizes_;  // by key
};

}  // namespace isobar::object_store
