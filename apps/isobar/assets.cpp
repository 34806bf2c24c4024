#include "assets.h"

#include <map>

namespace isobar::app {
namespace {

struct EmbeddedFile {
  const char* path;
  const char* begin;
  const char* end;
};

#include "asset_table.inc"

const std::map<std::string_view, Asset>& assets() {
  static const auto all = [] {
    std::map<std::string_view, Asset> found;
    for (const EmbeddedFile* file = kEmbeddedFiles; file->path != nullptr; ++file) {
      found[file->path] = {file->path, {file->begin, static_cast<std::size_t>(file->end - file->begin)}};
    }
    return found;
  }();
  return all;
}

}  // namespace

const Asset* find_asset(std::string_view path) {
  const auto at = assets().find(path);
  return at == assets().end() ? nullptr : &at->second;
}

bool has_ui() { return find_asset("index.html") != nullptr; }

}  // namespace isobar::app
