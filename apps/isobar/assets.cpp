#include "assets.h"

namespace isobar::app {
namespace {

struct EmbeddedFile {
  const char* path;
  const char* begin;
  const char* end;
};

#include "asset_table.inc"

}  // namespace

void for_each_asset(const std::function<void(const Asset&)>& visit) {
  for (const EmbeddedFile* file = kEmbeddedFiles; file->path != nullptr; ++file) {
    visit({file->path, {file->begin, static_cast<std::size_t>(file->end - file->begin)}});
  }
}

}  // namespace isobar::app
