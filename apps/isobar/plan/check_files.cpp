#include "check_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace isobar::app {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFile = 32ULL << 20;
constexpr std::size_t kMaxAll = 256ULL << 20;
constexpr std::size_t kMaxFiles = 10'000;
constexpr int kMaxDepth = 20;

bool may_be_known(const fs::path& path) {
  static constexpr std::string_view kExtensions[] = {".md", ".markdown", ".yaml", ".yml", ".json", ".tf", ".tfvars"};
  return std::find(std::begin(kExtensions), std::end(kExtensions), path.extension().string()) != std::end(kExtensions);
}

class Collector {
 public:
  Result<void> take(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return walk(path, 0);
    return read(path, true);
  }

  std::vector<GivenFile> files() { return std::move(files_); }

 private:
  Result<void> walk(const fs::path& folder, int depth) {
    if (depth > kMaxDepth)
      return fail(Code::kTooLarge, fmt::format("folders are nested deeper than {}: {}", kMaxDepth, folder.string()));
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (const auto& entry : fs::directory_iterator(folder, error)) entries.push_back(entry);
    if (error) return fail(Code::kNotFound, fmt::format("folder cannot be read: {}", folder.string()));
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) TRYV(enter(entry, depth));
    return {};
  }

  Result<void> enter(const fs::directory_entry& entry, int depth) {
    std::error_code error;
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(error)) {
      const bool skipped = name.starts_with('.') || name == "node_modules" || entry.is_symlink(error);
      return skipped ? Result<void>{} : walk(entry.path(), depth + 1);
    }
    return entry.is_regular_file(error) && may_be_known(entry.path()) ? read(entry.path(), false) : Result<void>{};
  }

  Result<void> read(const fs::path& path, bool named) {
    std::error_code error;
    if (!seen_.insert(fs::weakly_canonical(path, error).string()).second) return {};  // named twice, or below a folder named too
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error && size > kMaxFile)
      return fail(Code::kTooLarge, fmt::format("file is larger than {} MiB: {}", kMaxFile >> 20, path.string()));
    if (files_.size() >= kMaxFiles) return fail(Code::kTooLarge, fmt::format("more than {} files: {}", kMaxFiles, path.string()));
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    // An empty file sets the fail bit of the other stream: nothing was inserted.
    if (!in.is_open() || in.bad()) return fail(Code::kNotFound, fmt::format("file cannot be read: {}", path.string()));
    GivenFile& file = files_.emplace_back(GivenFile{{path.string(), std::move(text).str()}, named});
    bytes_ += file.file.text.size();
    if (bytes_ > kMaxAll)
      return fail(Code::kTooLarge, fmt::format("files are larger than {} MiB in all: {}", kMaxAll >> 20, path.string()));
    return {};
  }

  std::vector<GivenFile> files_;
  std::set<std::string> seen_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<std::vector<GivenFile>> check_files_of(const std::vector<std::string>& paths) {
  Collector collector;
  for (const std::string& path : paths) TRYV(collector.take(path));
  return collector.files();
}

}  // namespace isobar::app
