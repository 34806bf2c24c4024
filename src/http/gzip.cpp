#include "http/gzip.h"

#include <libdeflate.h>

namespace isobar::http {
namespace {

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

bool has_zero_weight(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return false;
  return parameters.substr(q + 2).find_first_of("123456789") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(const Headers& headers) {
  for (std::string_view list : headers.all("accept-encoding")) {
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      std::string_view item = list.substr(0, comma);
      list.remove_prefix(std::min(comma + 1, list.size()));
      while (item.starts_with(' ')) item.remove_prefix(1);
      const std::size_t semicolon = std::min(item.find(';'), item.size());
      const std::string_view name = item.substr(0, semicolon);
      if (!equals_ignoring_case(name.substr(0, name.find(' ')), "gzip") && name != "*") continue;
      if (!has_zero_weight(item.substr(semicolon))) return true;
    }
  }
  return false;
}

std::optional<std::string> gzip(std::string_view bytes) {
  thread_local const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(libdeflate_alloc_compressor(1));
  if (!compressor) return std::nullopt;
  std::string out(bytes.size(), '\0');
  const std::size_t size = libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size());
  if (size == 0) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace isobar::http
