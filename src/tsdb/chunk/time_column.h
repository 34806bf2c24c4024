// The timestamps of one vector, decoded once for all series of a scrape: they have their column in common, and a query reads
// them one after the other. Each thread remembers a few columns by their bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace isobar::tsdb {

// `count` timestamps, strictly ascending, valid until the next call on this thread; empty if the bytes do not hold exactly
// that many, or if they do not ascend. `count` is 1 to kVectorSamples.
std::span<const std::int64_t> decode_time_column(std::string_view bytes, std::size_t count);

}  // namespace isobar::tsdb
