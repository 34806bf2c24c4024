#include "codec/compression.h"

#include <libdeflate.h>
#include <lz4.h>
#include <snappy.h>
#include <zstd.h>

#include <memory>

#include <fmt/format.h>

namespace isobar::codec {
namespace {

tl::unexpected<Error> too_large(std::string_view format, std::size_t max_bytes) {
  return fail(Code::kTooLarge, fmt::format("{} body would decompress to more than {} bytes", format, max_bytes));
}

struct DecompressorDeleter {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};
struct CompressorDeleter {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};

}  // namespace

Result<void> snappy_decompress(std::string_view in, std::size_t max_bytes, std::string& out) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(in.data(), in.size(), &size)) {
    return fail(Code::kInvalid, "body is not snappy (send the snappy block format, not the framed one)");
  }
  if (size > max_bytes) return too_large("snappy", max_bytes);
  // A copy element of 3 bytes yields at most 64, so a larger claim is a lie: refuse it before the memory is touched.
  if (size / 64 > in.size()) return fail(Code::kInvalid, "snappy body claims more than it can hold");
  if (out.size() < size) out.resize(size);
  if (!snappy::RawUncompress(in.data(), in.size(), out.data())) {
    return fail(Code::kInvalid, "snappy body is damaged or cut short");
  }
  out.resize(size);
  return {};
}

std::string snappy_compress(std::string_view in) {
  std::string out;
  snappy::Compress(in.data(), in.size(), &out);
  return out;
}

Result<std::string> gzip_decompress(std::string_view in, std::size_t max_bytes) {
  const std::unique_ptr<libdeflate_decompressor, DecompressorDeleter> d(libdeflate_alloc_decompressor());
  std::string out;
  // The size in the trailer is modulo 2^32 and the sender's word, so it is only where we start.
  std::size_t room = std::max<std::size_t>(in.size() * 4, 4096);
  while (true) {
    room = std::min(room, max_bytes);
    out.resize(room);
    std::size_t got = 0;
    const auto result = libdeflate_gzip_decompress(d.get(), in.data(), in.size(), out.data(), out.size(), &got);
    if (result == LIBDEFLATE_SUCCESS) {
      out.resize(got);
      return out;
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return fail(Code::kInvalid, "gzip body is damaged or cut short");
    if (room == max_bytes) return too_large("gzip", max_bytes);
    room *= 4;
  }
}

std::string gzip_compress(std::string_view in) {
  const std::unique_ptr<libdeflate_compressor, CompressorDeleter> c(libdeflate_alloc_compressor(1));
  std::string out(libdeflate_gzip_compress_bound(c.get(), in.size()), '\0');
  out.resize(libdeflate_gzip_compress(c.get(), in.data(), in.size(), out.data(), out.size()));
  return out;
}

std::string_view lz4_compress(std::string_view in, std::string& buffer) {
  const auto bound = static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(in.size())));
  if (buffer.size() < bound) buffer.resize(bound);
  const int n = LZ4_compress_default(in.data(), buffer.data(), static_cast<int>(in.size()), static_cast<int>(bound));
  return {buffer.data(), static_cast<std::size_t>(n)};
}

std::string lz4_compress(std::string_view in) {
  std::string out;
  out.resize(lz4_compress(in, out).size());
  return out;
}

Result<std::string_view> lz4_decompress(std::string_view in, std::size_t uncompressed_size, std::string& buffer) {
  if (buffer.size() < uncompressed_size) buffer.resize(uncompressed_size);
  const int n = LZ4_decompress_safe(in.data(), buffer.data(), static_cast<int>(in.size()), static_cast<int>(uncompressed_size));
  if (n < 0 || static_cast<std::size_t>(n) != uncompressed_size) return fail(Code::kCorrupt, "lz4 block is damaged");
  return std::string_view(buffer.data(), uncompressed_size);
}

Result<std::string> lz4_decompress(std::string_view in, std::size_t uncompressed_size) {
  std::string out;
  TRYV(lz4_decompress(in, uncompressed_size, out));
  return out;
}

std::string zstd_compress(std::string_view in, int level) {
  std::string out(ZSTD_compressBound(in.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), in.data(), in.size(), level));
  return out;
}

Result<std::string> zstd_decompress(std::string_view in, std::size_t max_bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(in.data(), in.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail(Code::kInvalid, "zstd frame is damaged or has no content size");
  }
  if (size > max_bytes) return too_large("zstd", max_bytes);
  std::string out(size, '\0');
  const std::size_t n = ZSTD_decompress(out.data(), out.size(), in.data(), in.size());
  if (ZSTD_isError(n) != 0 || n != size) return fail(Code::kInvalid, "zstd frame is damaged");
  return out;
}

}  // namespace isobar::codec
