// The embedded UI: files of ui/dist, gzip-compressed at build time. Immutable; thread-safe.
#pragma once

#include <string_view>

namespace isobar::app {

struct Asset {
  std::string_view path;   // "index.html", "assets/index-1a2b.js"
  std::string_view gzip;   // the compressed bytes
};

// Nothing if the program was built without the UI or has no such file.
const Asset* find_asset(std::string_view path);
bool has_ui();

}  // namespace isobar::app
