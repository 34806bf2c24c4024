#include "output_folder.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace isobar::app {
namespace {

namespace fs = std::filesystem;

Result<void> write_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return fail(Code::kUnavailable, fmt::format("file cannot be written: {}", path.string()));
  return {};
}

}  // namespace

Result<void> write_folder(const std::string& folder, const std::vector<plan::RenderedFile>& files, bool force) {
  std::error_code error;
  const bool exists = fs::exists(folder, error);
  if (exists && !fs::is_directory(folder, error)) return fail(Code::kConflict, fmt::format("--out must be a folder: {}", folder));
  if (exists && !force && !fs::is_empty(folder, error)) {
    return fail(
        Code::kConflict,
        fmt::format("folder is not empty; name another one, or give --force to replace files of the same name: {}", folder));
  }
  for (const plan::RenderedFile& file : files) {
    const fs::path relative(file.path);
    if (relative.is_absolute() || file.path.find("..") != std::string::npos)
      return fail(Code::kInternal, fmt::format("rendered path leaves the folder: {}", file.path));
    TRYV(write_file(fs::path(folder) / relative, file.text));
  }
  return {};
}

}  // namespace isobar::app
