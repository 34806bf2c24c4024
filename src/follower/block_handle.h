// A block of the manifest, opened when it is first read: a bucket of ten thousand blocks is not read at the start.
//
// What is damaged stays so; what could not be reached is tried again. Thread-safe; whoever has a reader keeps it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "blocks/manifest.h"
#include "object_store/object_store.h"
#include "tsdb/block_reader.h"

namespace isobar::follower {

class BlockHandle {
 public:
  using Reader = std::shared_ptr<const tsdb::BlockReader>;
  // Told when the block turns out to be readable or not, and changes in that. Called outside locks.
  using Watch = std::function<void(const blocks::BlockEntry& entry, const Result<void>& state)>;

  BlockHandle(object_store::ObjectStore& objects, blocks::BlockEntry entry) : objects_(objects), entry_(std::move(entry)) {}

  // Before others have it.
  void set_watch(Watch watch) { watch_ = std::move(watch); }

  // kCorrupt: damaged. kUnavailable, kNotFound: cannot be reached now.
  Result<Reader> open();
  // As far as is known without looking. Empty: nothing is wrong with it.
  std::string fault() const;
  bool faulty() const { return !fault().empty(); }
  // Cannot be reached, or could not when it was last read.
  bool unreachable() const;
  // Lets go of a local copy that the cache has given up; the next open() gets another.
  void refresh();

 private:
  object_store::ObjectStore& objects_;
  const blocks::BlockEntry entry_;
  Watch watch_;
  mutable std::mutex mutex_;
  std::mutex opening_;  // taken before the other: one opens, the others wait for it
  std::shared_ptr<const sys::MappedFile> file_;
  Reader reader_;
  Result<void> state_;
};

}  // namespace isobar::follower
