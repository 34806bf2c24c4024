// Up to 1,024 integers, packed without loss: the residuals of order 0, 1 or 2 (value, difference, difference of
// differences), divided by their common divisor, in groups of 128 with a bit width each; residuals that would widen a
// group are patched (after FastPFOR, "Decoding billions of integers per second", 2012). The order with the fewest bytes
// is taken. Format: docs/formats/metrics_block.md. Stateless and thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace isobar::tsdb {

inline constexpr std::size_t kVectorSamples = 1024;

// Appends the packed values; any 64-bit values, at most kVectorSamples of them.
void encode_integers(std::span<const std::int64_t> values, std::string& out);
// Fills `out`, whose size is the number of values. False if the bytes are damaged; `out` then holds anything.
bool decode_integers(ByteReader& in, std::span<std::int64_t> out);

}  // namespace isobar::tsdb
