#include "output_folder.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace isobar::app {

Result<void> write_folder(const std::string& folder, const OutputFiles& files, bool force) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!force && fs::exists(folder, error) && !fs::is_empty(folder, error)) {
    return fail(Code::kInvalid, fmt::format("the folder is not empty; --force replaces files of the same name: {}", folder));
  }
  for (const auto& [name, text] : files) {
    const fs::path path = fs::path(folder) / name;
    fs::create_directories(path.parent_path(), error);
    if (error) return fail(Code::kInvalid, fmt::format("cannot make a folder: {}: {}", path.parent_path().string(), error.message()));
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) return fail(Code::kInvalid, fmt::format("cannot write: {}", path.string()));
  }
  return {};
}

}  // namespace isobar::app
