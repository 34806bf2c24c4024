#include "api/ui/ui_assets.h"

#include "api/envelope.h"
#include "api/header_field.h"
#include "codec/compression.h"

namespace isobar::api {
namespace {

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
constexpr std::size_t kMaxAssetBytes = 64ULL << 20;

bool wants_gzip(const http::Headers& headers) {
  // A weight of zero is so rare that only its usual spelling is looked for.
  return headers.has_token("accept-encoding", "gzip") &&
         headers.get("accept-encoding").find("gzip;q=0,") == std::string_view::npos &&
         !headers.get("accept-encoding").ends_with("gzip;q=0");
}

bool has_etag(const http::Headers& headers, std::string_view etag) {
  for (const std::string_view list : headers.all("if-none-match")) {
    // Weak comparison (RFC 9110, 13.1.2): W/"x" matches "x". A tag holds no quote inside, so a search is exact.
    if (list == "*" || list.find(etag) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

http::Response asset_response(const http::Request& request, const AssetSource& assets, std::string_view path) {
  const std::optional<Asset> asset = assets.find(path);
  if (!asset) return http::Response::text(404, "404 page not found\n");
  http::Response response{.content_type = std::string(asset->content_type)};
  add_header(response, "Content-Security-Policy", kContentSecurityPolicy);
  add_header(response, "X-Content-Type-Options", "nosniff");
  add_header(response, "Referrer-Policy", "no-referrer");
  add_header(response, "Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  add_header(response, "Vary", "Accept-Encoding");
  if (!asset->etag.empty()) add_header(response, "ETag", asset->etag);
  if (!asset->etag.empty() && has_etag(request.headers, asset->etag)) {
    response.status = 304;
    return response;
  }
  if (wants_gzip(request.headers)) {
    add_header(response, "Content-Encoding", "gzip");
    response.body = asset->gzipped;
    return response;
  }
  Result<std::string> plain = codec::gzip_decompress(asset->gzipped, kMaxAssetBytes);
  if (!plain) return failure_text(plain.error());
  response.body = *std::move(plain);
  return response;
}

}  // namespace isobar::api
