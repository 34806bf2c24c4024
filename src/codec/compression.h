// Whole-buffer compression. Every decoder takes `max_bytes`, checks the declared size against it before allocating,
// and fails with Code::kTooLarge past it or Code::kInvalid on damaged input. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace isobar::codec {

// Snappy block format (not framed), as remote write uses it. `out` is reused: its capacity stays.
Result<void> snappy_decompress(std::string_view in, std::size_t max_bytes, std::string& out);
std::string snappy_compress(std::string_view in);

Result<std::string> gzip_decompress(std::string_view in, std::size_t max_bytes);
// Level 1 (libdeflate): for HTTP answers.
std::string gzip_compress(std::string_view in);

// The LZ4 block format; the caller keeps the uncompressed size.
std::string lz4_compress(std::string_view in);
Result<std::string> lz4_decompress(std::string_view in, std::size_t uncompressed_size);
// The same for who does it again and again: what is given lies in `buffer`, which only grows.
std::string_view lz4_compress(std::string_view in, std::string& buffer);
Result<std::string_view> lz4_decompress(std::string_view in, std::size_t uncompressed_size, std::string& buffer);

// Zstandard frames, with content size.
std::string zstd_compress(std::string_view in, int level = 1);
Result<std::string> zstd_decompress(std::string_view in, std::size_t max_bytes);

}  // namespace isobar::codec
