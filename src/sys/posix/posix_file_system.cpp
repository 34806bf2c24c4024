#include "sys/posix/posix_file_system.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace isobar::sys {
namespace {

tl::unexpected<Error> system_error(std::string_view what, const std::string& path, int error) {
  const Code code = error == ENOENT ? Code::kNotFound : Code::kUnavailable;
  const std::string_view hint = error == ENOSPC || error == EDQUOT ? " (free space on this disk)"
                                : error == EMFILE                  ? " (raise the limit with ulimit -n)"
                                : error == EACCES                  ? " (check owner and mode)"
                                                                   : "";
  return fail(code, fmt::format("{}: {}{}: {}", what, std::strerror(error), hint, path));
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(fd_); }

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0) {
        if (errno == EINTR) continue;
        return system_error("cannot write", path_, errno);
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_, to + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0) {
        if (errno == EINTR) continue;
        return system_error("cannot read", path_, errno);
      }
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Result<void> sync() override {
    if (::fdatasync(fd_) != 0) return system_error("cannot sync", path_, errno);
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) return system_error("cannot stat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return system_error("cannot truncate", path_, errno);
    return {};
  }

  Result<void> allocate(std::uint64_t size) override {
    // posix_fallocate writes zeros where the file system cannot reserve, so the promise holds everywhere.
    const int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(size));
    if (error != 0) return system_error("cannot reserve disk space", path_, error);
    return {};
  }

 private:
  int fd_;
  std::string path_;
};

class PosixMapping final : public MappedFile {
 public:
  PosixMapping(void* address, std::size_t size) : address_(address), size_(size) {}
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;
  ~PosixMapping() override {
    if (size_ > 0) ::munmap(address_, size_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(address_), size_}; }

 private:
  void* address_;
  std::size_t size_;
};

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC;
  if (mode == OpenMode::kRead) flags |= O_RDONLY;
  if (mode == OpenMode::kReadWrite) flags |= O_RDWR;
  if (mode == OpenMode::kCreate) flags |= O_RDWR | O_CREAT | O_EXCL;
  const int fd = ::open(path.c_str(), flags, 0640);
  if (fd < 0) return system_error("cannot open", path, errno);
  return std::make_unique<PosixFile>(fd, path);
}

Result<std::shared_ptr<const MappedFile>> PosixFileSystem::map(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", path, errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    const int error = errno;
    ::close(fd);
    return system_error("cannot stat", path, error);
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* address = nullptr;
  if (size > 0) address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  const int error = errno;
  ::close(fd);
  if (address == MAP_FAILED) return system_error("cannot map", path, error);
  return std::make_shared<const PosixMapping>(address, size);
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) return system_error("cannot list", directory, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixFileSystem::create_directories(const std::string& directory) {
  for (std::size_t at = 1; at <= directory.size(); ++at) {
    if (at != directory.size() && directory[at] != '/') continue;
    const std::string part = directory.substr(0, at);
    if (::mkdir(part.c_str(), 0750) == 0) {
      TRYV(sync_directory(directory_of(part)));
    } else if (errno != EEXIST) {
      return system_error("cannot create directory", part, errno);
    }
  }
  return {};
}

Result<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot rename", from, errno);
  return {};
}

Result<void> PosixFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return system_error("cannot remove", path, errno);
  return {};
}

Result<void> PosixFileSystem::link(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  const int error = errno;
  const bool no_links = error == EPERM || error == EXDEV || error == EMLINK || error == EOPNOTSUPP || error == ENOSYS;
  if (no_links) return fail(Code::kUnsupported, "the device has no links: " + to);
  return system_error("cannot link", from, error);
}

Result<bool> PosixFileSystem::exists(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_error("cannot stat", path, errno);
}

Result<void> PosixFileSystem::sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open directory", directory, errno);
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (result != 0) return system_error("cannot sync directory", directory, error);
  return {};
}

Result<FileSystem::Space> PosixFileSystem::space(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return system_error("cannot stat file system", path, errno);
  return Space{std::uint64_t{info.f_bavail} * info.f_frsize, std::uint64_t{info.f_blocks} * info.f_frsize};
}

Result<DirectoryLock> DirectoryLock::acquire(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return system_error("cannot open", path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    ::close(fd);
    if (error == EWOULDBLOCK) {
      return fail(Code::kUnavailable,
                  fmt::format("another isobar process uses this data directory; stop it or choose another --data-dir: {}",
                              directory_of(path)));
    }
    return system_error("cannot lock", path, error);
  }
  return DirectoryLock(fd);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace isobar::sys
