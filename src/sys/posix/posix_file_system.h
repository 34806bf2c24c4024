// The real file system: pread, pwrite, fdatasync, fallocate, mmap. See sys/file_system.h for the contract.
#pragma once

#include "sys/file_system.h"

namespace isobar::sys {

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::shared_ptr<const MappedFile>> map(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> create_directories(const std::string& directory) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> link(const std::string& from, const std::string& to) override;
  Result<bool> exists(const std::string& path) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<Space> space(const std::string& path) override;
};

// Holds an exclusive lock on `path` (created if missing) until destroyed: one process per data directory.
class DirectoryLock {
 public:
  static Result<DirectoryLock> acquire(const std::string& path);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace isobar::sys
