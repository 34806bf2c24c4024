// A file written from begin to end in large pieces. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sys/file_system.h"

namespace isobar::tsdb::prometheus {

class FileWriter {
 public:
  // The file must not exist yet.
  static Result<std::unique_ptr<FileWriter>> create(sys::FileSystem& files, const std::string& path);
  std::uint64_t position() const { return written_ + pending_.size(); }
  Result<void> append(std::string_view bytes);
  // Zeros up to a multiple of `alignment`.
  Result<void> pad(std::uint64_t alignment);
  // Writes and syncs what is left.
  Result<void> finish();

 private:
  explicit FileWriter(std::unique_ptr<sys::File> file) : file_(std::move(file)) {}
  Result<void> flush();

  std::unique_ptr<sys::File> file_;
  std::string pending_;
  std::uint64_t written_ = 0;
};

}  // namespace isobar::tsdb::prometheus
