// Chunks of Prometheus: floats (XOR), native histograms with integer and with float counts, custom buckets included; to
// be read also their forms with start timestamps. Source: chunks.md of prometheus/prometheus, for the last three what
// tsdb/chunkenc there says. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sample.h"
#include "tsdb/prometheus_block/format.h"

namespace isobar::tsdb::prometheus {

// A chunk's data is refused above this; the largest that Prometheus writes are some 100 KB. It bounds what a damaged
// chunk can make of a few bits a bucket.
inline constexpr std::size_t kMaxChunkBytes = 8 << 20;

// How many samples the chunk says it has; 0 if it is too short to say.
std::uint32_t chunk_sample_count(std::string_view data);

// Appends all samples. kCorrupt: the data is damaged or its timestamps do not ascend; kUnsupported: an encoding or
// histogram schema that we do not know, or Thanos' aggregates (aggregate_chunk.h). `out` then holds a part.
// A histogram's hint is kGauge, kReset for the first of a chunk that says so, else kUnknown: "no reset" would be wrong
// once other samples come between.
Result<void> decode_chunk(Encoding encoding, std::string_view data, model::SampleColumns& out);

// An XOR chunk in which a timestamp may be that of the one before, as in the counters of Thanos (aggregate_chunk.h). `out` is
// not ascending then: for who asked only.
Result<void> decode_repeating_xor_chunk(std::string_view data, model::SampleColumns& out);

struct EncodedChunk {
  Encoding encoding = Encoding::kXor;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  std::string data;
};

// All samples of a series, without start timestamps, as chunks of at most kSamplesPerChunk. A new one also starts where floats and histograms meet,
// where a histogram's layout changes, at a counter reset and after a stale histogram. Histograms must be valid
// (model::validate).
std::vector<EncodedChunk> encode_chunks(const model::SampleColumns& samples);

}  // namespace isobar::tsdb::prometheus
