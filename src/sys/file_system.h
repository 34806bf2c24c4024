// Files, behind an interface so that tests can lose unsynced bytes, fill the disk and fail at any call.
//
// What is durable: bytes after File::sync(); a name (created, renamed, removed) after sync_directory() of its folder.
// Errors: Code::kUnavailable for a full disk or a failing device (the message names the path), kNotFound for a missing
// file. FileSystem is thread-safe; one File may be read by many threads while one thread writes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace isobar::sys {

class File {
 public:
  virtual ~File() = default;
  // All or an error; a failed write may have written a part.
  virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  // Up to `size` bytes into `to`; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const = 0;
  virtual Result<void> sync() = 0;
  virtual Result<std::uint64_t> size() const = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Reserves disk space so that later writes below `size` cannot meet a full disk; extends the file with zeros.
  virtual Result<void> allocate(std::uint64_t size) = 0;
};

// The bytes of an immutable file; the view lives as long as the object.
//
// A file may be a copy that fills up: then only what fetch() was asked for may be read. Thread-safe.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual std::string_view bytes() const = 0;
  // Returns when these bytes are there. kUnavailable: they cannot be had now.
  virtual Result<void> fetch(std::uint64_t offset, std::uint64_t size) const {
    static_cast<void>(offset), static_cast<void>(size);
    return {};
  }
  // They will be wanted soon.
  virtual void prefetch(std::uint64_t offset, std::uint64_t size) const { static_cast<void>(offset), static_cast<void>(size); }
  // A copy whose place was given to others. It stays whole, but whoever can should map the file anew.
  virtual bool given_up() const { return false; }
};

enum class OpenMode {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // must not exist
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::shared_ptr<const MappedFile>> map(const std::string& path) = 0;
  // Names in a folder, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual Result<void> create_directories(const std::string& directory) = 0;
  // Replaces `to`.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // A second name for the same bytes; `to` must not exist. kUnsupported where the device has no links.
  virtual Result<void> link(const std::string& from, const std::string& to) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<void> sync_directory(const std::string& directory) = 0;
  // Free and total bytes of the device that holds `path`.
  struct Space {
    std::uint64_t free_bytes = 0;
    std::uint64_t total_bytes = 0;
  };
  virtual Result<Space> space(const std::string& path) = 0;
};

Result<std::string> read_file(FileSystem& files, const std::string& path);
// Writes beside the target, syncs, renames, syncs the folder: the old content or the new one, never a mixture.
Result<void> write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes);
// The file under a second name as well, both durable; `to` is replaced and its folder must exist. Bytes are copied only
// where the device has no links, so later changes in place may be seen under both names.
Result<void> link_or_copy(FileSystem& files, const std::string& from, const std::string& to);
// The folder part of a path: "a/b" gives "a", "a" gives ".".
std::string directory_of(const std::string& path);

}  // namespace isobar::sys
