// For tests and fuzz targets: samples as the chunk of aggregates that Thanos' compactor makes of them. What the format is:
// docs/formats/prometheus_block.md, "Downsampled by Thanos". Not for programs.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "tsdb/prometheus_block/chunk_codec.h"

namespace isobar::tsdb::prometheus {

struct AggregateColumns {
  model::SampleColumns count, sum, min, max, counter;
};

// The windows of samples without NaNs. The last one ends with the last sample.
inline AggregateColumns aggregate(const model::SampleColumns& in, std::int64_t resolution) {
  AggregateColumns out;
  double counter = in.values[0];
  out.counter.push_float(in.timestamps[0], counter);
  for (std::size_t i = 0; i < in.size();) {
    const std::int64_t end = std::min(in.timestamps[i] / resolution * resolution + resolution - 1, in.timestamps.back());
    double count = 0, sum = 0, min = in.values[i], max = in.values[i];
    for (; i < in.size() && in.timestamps[i] <= end; ++i) {
      const double value = in.values[i];
      if (i > 0) counter += value < in.values[i - 1] ? value : value - in.values[i - 1];
      ++count;
      sum += value;
      min = std::min(min, value);
      max = std::max(max, value);
    }
    out.count.push_float(end, count);
    out.sum.push_float(end, sum);
    out.min.push_float(end, min);
    out.max.push_float(end, max);
    out.counter.push_float(end, counter);
  }
  out.counter.push_float(out.count.timestamps.back(), in.values.back());
  return out;
}

// Columns without samples are absent, the others have at most kSamplesPerChunk.
inline std::string encode_aggregates(const AggregateColumns& columns) {
  std::string out;
  for (const model::SampleColumns* column : {&columns.count, &columns.sum, &columns.min, &columns.max, &columns.counter}) {
    if (column->size() == 0) {
      put_varint(out, 0);
      continue;
    }
    const auto chunks = encode_chunks(*column);
    CHECK(chunks.size() == 1);
    put_varint(out, chunks[0].data.size());
    out.push_back(static_cast<char>(Encoding::kXor));
    out += chunks[0].data;
  }
  return out;
}

}  // namespace isobar::tsdb::prometheus
