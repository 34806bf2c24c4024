// Up to 1,024 doubles, packed without loss, every bit pattern kept. One of: a constant; decimals, that is integers over
// a common power of ten, with exceptions for what is none (after "ALP: Adaptive Lossless floating-Point Compression",
// SIGMOD 2024); the XOR of neighbours. The smallest is taken. Format: docs/formats/metrics_block.md.
// Stateless and thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace isobar::tsdb {

// What a query may use instead of the values. NaNs (staleness markers too) are in `count` of no field.
struct VectorSummary {
  std::uint32_t count = 0;  // of values that are numbers
  double min = 0;           // of no number: 0
  double max = 0;
  double sum = 0;           // compensated, in order
};
VectorSummary summarize(std::span<const double> values);

// Appends 1 to kVectorSamples values.
void encode_values(std::span<const double> values, std::string& out);
// Fills `out`, whose size is the number of values. False if the bytes are damaged; `out` then holds anything.
bool decode_values(ByteReader& in, std::span<double> out);
// The summary alone, without the values. `count` is the number of values.
bool decode_summary(ByteReader& in, std::size_t count, VectorSummary& summary);

}  // namespace isobar::tsdb
