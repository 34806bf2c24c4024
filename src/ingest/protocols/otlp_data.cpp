#include "ingest/protocols/otlp_data.h"

namespace isobar::ingest {

void OtlpPoint::clear() {
  attributes.clear();
  exemplars.clear();
  quantiles.clear();
  bucket_counts.clear();
  explicit_bounds.clear();
  positive.offset = negative.offset = scale = 0;
  positive.counts.clear();
  negative.counts.clear();
  start_ns = time_ns = count = zero_count = 0;
  no_recorded_value = has_value = has_sum = false;
  value = sum = zero_threshold = 0;
}

}  // namespace isobar::ingest
