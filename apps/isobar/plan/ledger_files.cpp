#include "ledger_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "assets.h"
#include "codec/compression.h"

namespace isobar::app {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFile = 32ULL << 20;

Result<plan::LedgerFile> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(Code::kNotFound, fmt::format("ledger file cannot be read: {}", path.string()));
  return plan::LedgerFile{path.string(), std::move(text).str()};
}

Result<std::vector<plan::LedgerFile>> embedded() {
  std::vector<plan::LedgerFile> files;
  Result<void> done;
  for_each_ledger_file([&](const Asset& asset) {
    if (!std::string_view(asset.path).ends_with(".yaml")) return;
    Result<std::string> text = codec::gzip_decompress(asset.gzip, kMaxFile);
    if (text) files.push_back({"decisions/" + std::string(asset.path), *std::move(text)});
    else done = fail(text.error());
  });
  TRYV(done);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

}  // namespace

Result<std::vector<plan::LedgerFile>> ledger_files(const std::string& path) {
  if (path.empty()) return embedded();
  std::error_code error;
  std::vector<plan::LedgerFile> files;
  if (!fs::is_directory(path, error)) {
    TRY(plan::LedgerFile file, read_file(path));
    files.push_back(std::move(file));
    return files;
  }
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml") paths.push_back(entry.path());
  }
  if (paths.empty()) return fail(Code::kNotFound, fmt::format("folder has no *.yaml: {}", path));
  std::sort(paths.begin(), paths.end());
  for (const fs::path& one : paths) {
    TRY(plan::LedgerFile file, read_file(one));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace isobar::app
