// Up to 1,024 float samples of one series in two parts: timestamps, which series of one scrape have in common and a
// block stores once, and values with start timestamps. Format: docs/formats/metrics_block.md. Stateless, thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/sample.h"

namespace isobar::tsdb {

// Packs the float samples [from, to), 1 to kVectorSamples of them. Both strings are appended to.
void encode_sample_vector(const model::SampleColumns& samples, std::size_t from, std::size_t to, std::string& timestamps,
                          std::string& values);

// The values alone.
void encode_sample_values(const model::SampleColumns& samples, std::size_t from, std::size_t to, std::string& values);

// Appends `count` samples. kCorrupt if the bytes do not hold exactly that many; `out` then holds a part.
Result<void> decode_sample_vector(std::string_view timestamps, std::string_view values, std::uint32_t count,
                                  model::SampleColumns& out);

// The same of downsampled samples, which have weights: those follow in the column, since series of one scrape have them in
// common too, and the sums follow the values.
void encode_weighted_vector(const model::SampleColumns& samples, std::size_t from, std::size_t to, std::string& column,
                            std::string& values);
Result<void> decode_weighted_vector(std::string_view column, std::string_view values, std::uint32_t count,
                                    model::SampleColumns& out);

// At most kVectorSamples. False if the bytes are damaged.
void encode_weights(std::span<const std::uint32_t> weights, std::string& out);
bool decode_weights(ByteReader& in, std::span<std::uint32_t> out);

}  // namespace isobar::tsdb
