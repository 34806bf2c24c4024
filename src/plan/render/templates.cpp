#include "plan/render/templates.h"

#include <algorithm>

#include "codec/compression.h"

namespace isobar::plan::rendering {
namespace {

struct EmbeddedFile {
  const char* path;
  const char* begin;
  const char* end;
};

#include "templates_assets.inc"

constexpr std::size_t kMaxTemplate = 1 << 20;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Result<std::vector<RenderedFile>> templates(std::string_view folder, const Words& words) {
  std::vector<RenderedFile> files;
  for (const EmbeddedFile* file = k_templates_files; file->path != nullptr; ++file) {
    std::string_view path = file->path;
    if (!path.starts_with(folder) || path.substr(folder.size(), 1) != "/") continue;
    path.remove_prefix(folder.size() + 1);
    TRY(std::string text, codec::gzip_decompress({file->begin, static_cast<std::size_t>(file->end - file->begin)}, kMaxTemplate));
    for (const auto& [word, value] : words) replace_all(text, "@" + std::string(word) + "@", value);
    files.push_back({std::string(path), std::move(text)});
  }
  sort_by_path(files);
  return files;
}

void sort_by_path(std::vector<RenderedFile>& files) {
  std::sort(files.begin(), files.end(), [](const RenderedFile& a, const RenderedFile& b) { return a.path < b.path; });
}

}  // namespace isobar::plan::rendering
