#include "sys/file_system.h"

namespace isobar::sys {

Result<std::string> read_file(FileSystem& files, const std::string& path) {
  TRY(const auto file, files.open(path, OpenMode::kRead));
  TRY(const std::uint64_t size, file->size());
  std::string bytes(size, '\0');
  TRY(const std::size_t got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

Result<void> write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  TRY(const bool left_over, files.exists(temporary));
  if (left_over) TRYV(files.remove(temporary));
  TRY(auto file, files.open(temporary, OpenMode::kCreate));
  TRYV(file->write_at(0, bytes));
  TRYV(file->sync());
  file.reset();
  TRYV(files.rename(temporary, path));
  return files.sync_directory(directory_of(path));
}

Result<void> link_or_copy(FileSystem& files, const std::string& from, const std::string& to) {
  TRY(const bool there, files.exists(to));
  if (there) TRYV(files.remove(to));
  const Result<void> linked = files.link(from, to);
  if (linked) return files.sync_directory(directory_of(to));
  if (linked.error().code != Code::kUnsupported) return fail(linked.error());
  TRY(const auto mapped, files.map(from));
  return write_file_atomically(files, to, mapped->bytes());
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace isobar::sys
