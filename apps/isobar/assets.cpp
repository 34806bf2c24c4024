#include "assets.h"

namespace isobar::app {
namespace {

struct EmbeddedFile {
  const char* path;
  const char* begin;
  const char* end;
};

#include "ledger_assets.inc"
#include "ui_assets.inc"

void for_each(const EmbeddedFile* files, const std::function<void(const Asset&)>& visit) {
  for (const EmbeddedFile* file = files; file->path != nullptr; ++file) {
    visit({file->path, {file->begin, static_cast<std::size_t>(file->end - file->begin)}});
  }
}

}  // namespace

void for_each_ui_asset(const std::function<void(const Asset&)>& visit) { for_each(k_ui_files, visit); }
void for_each_ledger_file(const std::function<void(const Asset&)>& visit) { for_each(k_ledger_files, visit); }

}  // namespace isobar::app
