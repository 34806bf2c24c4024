// Native histograms of remote write 1.0 and 2.0, which are one message: prometheus/prometheus prompb/types.proto.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/histogram.h"

namespace isobar::ingest {

struct ParsedHistogram {
  model::Histogram histogram;
  std::int64_t timestamp = 0;
  std::int64_t start_timestamp = 0;
  bool too_wide = false;  // the schema does not fit; the histogram is not valid
};

// False if the bytes are damaged. Whether the histogram makes sense is for model::validate(). Thread-safe.
bool parse_histogram(std::string_view message, ParsedHistogram& out);

}  // namespace isobar::ingest
