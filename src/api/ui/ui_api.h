// The page at "/" with its files, and what it asks of this server alone: ui/v1/state, ui/v1/functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/server_status.h"
#include "http/router.h"

namespace isobar::api {

struct Asset {
  std::string_view gzipped;       // lives as long as the source
  std::string_view content_type;
  std::string_view etag;          // with quotes
  bool immutable = false;         // the name changes with the content
};

// The embedded files. Thread-safe.
class AssetSource {
 public:
  virtual ~AssetSource() = default;
  // By path without a leading slash: "index.html", "assets/app-3f2a.js".
  virtual std::optional<Asset> find(std::string_view path) const = 0;
};

// All must outlive the server.
struct UiParts {
  const AssetSource& assets;
  const StatusSource& status;
};

// Uses the pool "api".
void add_ui_routes(http::Router& router, UiParts parts);

}  // namespace isobar::api
