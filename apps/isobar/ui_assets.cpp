#include "ui_assets.h"

#include <fmt/format.h>

#include "assets.h"
#include "base/hash.h"
#include "codec/compression.h"

namespace isobar::app {
namespace {

std::string_view content_type_of(std::string_view path) {
  const auto ends = [&](std::string_view suffix) { return path.ends_with(suffix); };
  if (ends(".html")) return "text/html; charset=utf-8";
  if (ends(".js")) return "text/javascript; charset=utf-8";
  if (ends(".css")) return "text/css; charset=utf-8";
  if (ends(".svg")) return "image/svg+xml";
  if (ends(".png")) return "image/png";
  if (ends(".woff2")) return "font/woff2";
  if (ends(".json")) return "application/json";
  return "text/plain; charset=utf-8";
}

constexpr std::string_view kNoUi =
    "<!doctype html><title>Isobar</title><p>This server was built without its pages: run <code>./dev build</code>. "
    "The HTTP API works.";

}  // namespace

EmbeddedAssets::EmbeddedAssets() {
  const auto add = [&](std::string_view path, std::string_view gzipped) {
    Entry& entry = entries_[std::string(path)];
    entry.etag = fmt::format("\"{:016x}\"", hash64(gzipped));
    entry.asset = {gzipped, content_type_of(path), entry.etag, path.starts_with("assets/") && !path.ends_with(".md")};
  };
  for_each_ui_asset([&](const Asset& asset) { add(asset.path, asset.gzip); });
  if (!entries_.contains("index.html")) {
    static const std::string page = codec::gzip_compress(kNoUi);
    add("index.html", page);
  }
}

std::optional<api::Asset> EmbeddedAssets::find(std::string_view path) const {
  const auto at = entries_.find(path);
  if (at == entries_.end()) return std::nullopt;
  return at->second.asset;
}

}  // namespace isobar::app
