// The two histogram encodings of chunk_codec.h. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/sample.h"

namespace isobar::tsdb::prometheus {

// As decode_chunk. `integer`: counts are integers, else doubles. `starts`: with start timestamps.
Result<void> decode_histogram_chunk(bool integer, bool starts, std::string_view data, model::SampleColumns& out);

// Where the chunk that begins at `from`, a histogram, ends.
std::size_t histogram_chunk_end(const model::SampleColumns& samples, std::size_t from);
// Packs the histograms [from, to), as histogram_chunk_end() divides them. Their counts are all integers or all not.
std::string encode_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to);

}  // namespace isobar::tsdb::prometheus
