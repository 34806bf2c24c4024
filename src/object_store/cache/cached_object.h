// One object, as far as it was read, in a file on disk or, where the disk fails, in memory. Private to the cache.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "object_store/cache/cached_store.h"

namespace isobar::object_store {

class CachedObject final : public sys::MappedFile, public std::enable_shared_from_this<CachedObject> {
 public:
  CachedObject(CachedStore& cache, std::string key, std::string name, std::uint64_t size);
  ~CachedObject() override;

  // Makes or opens the files.
  Result<void> open_files();
  // Without files. kUnavailable: there is no room for it.
  Result<void> live_in_memory();
  // Bytes of pages that an earlier process had fetched.
  std::uint64_t found_bytes() const { return found_bytes_; }

  std::string_view bytes() const override { return memory_.empty() ? mapping_->bytes() : std::string_view(memory_); }
  Result<void> fetch(std::uint64_t offset, std::uint64_t size) const override;
  void prefetch(std::uint64_t offset, std::uint64_t size) const override;
  bool given_up() const override { return given_up_.load(std::memory_order_relaxed); }
  void give_up() { given_up_.store(true, std::memory_order_relaxed); }

 private:
  enum class Page : std::uint8_t { kMissing, kFetching, kFound, kThere };  // found: by its checksum, not looked at yet

  Result<void> read_pages_file();
  std::uint64_t page_size(std::uint64_t page) const;
  // Claims pages from `page` on, up to `end`, that are missing; zero if the first is not.
  std::uint64_t claim(std::uint64_t page, std::uint64_t end) const;
  bool look_at(std::uint64_t page) const;
  Result<void> load(std::uint64_t first, std::uint64_t count) const;
  Result<void> store(std::uint64_t first, std::string_view bytes) const;
  Result<void> write_pages(std::uint64_t first, std::string_view bytes) const;

  CachedStore& cache_;
  const std::string key_;
  const std::string name_;
  const std::uint64_t size_;
  std::uint64_t found_bytes_ = 0;
  std::shared_ptr<const sys::MappedFile> mapping_;
  std::unique_ptr<sys::File> copy_;
  std::unique_ptr<sys::File> pages_file_;
  mutable std::string memory_;  // of the whole size, if there is no file
  mutable std::atomic<bool> given_up_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::vector<Page> pages_;
  mutable std::vector<std::uint32_t> checksums_;
  mutable std::atomic<std::uint64_t> missing_;  // pages that are not there; 0: nothing to look for
};

}  // namespace isobar::object_store
