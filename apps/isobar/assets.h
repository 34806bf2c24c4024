// The embedded UI: files of ui/dist, gzip-compressed at build time. Immutable; thread-safe.
#pragma once

#include <functional>
#include <string_view>

namespace isobar::app {

struct Asset {
  std::string_view path;   // "index.html", "assets/index-1a2b.js"
  std::string_view gzip;   // the compressed bytes
};

// All files; none if the program was built without the UI.
void for_each_ui_asset(const std::function<void(const Asset&)>& visit);
// The ledger that ships: decisions/*.yaml.
void for_each_ledger_file(const std::function<void(const Asset&)>& visit);

}  // namespace isobar::app
