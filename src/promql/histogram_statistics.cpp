#include "promql/histogram_statistics.h"

#include "model/histogram_arithmetic.h"

namespace isobar::promql {

eval::HistogramPtr statistics_of(const model::SampleColumns& columns, std::size_t i) {
  using Hint = model::CounterResetHint;
  const model::Histogram& h = *columns.histograms[i];
  auto result = std::make_shared<model::Histogram>();
  result->reset_hint = h.reset_hint;
  result->schema = h.schema;
  result->zero_threshold = h.zero_threshold;
  result->zero_count = h.zero_count;
  result->count = h.count;
  result->sum = h.sum;
  result->custom_values = h.custom_values;
  // Windows leave stale markers out, so the predecessor is the last sample before them.
  std::size_t before = i;
  while (before > 0 && model::is_stale_nan(columns.values[before - 1])) --before;
  const bool has_predecessor = before > 0 && columns.is_histogram(before - 1);
  if (h.reset_hint == Hint::kUnknown && has_predecessor) {
    result->reset_hint = model::detect_reset(h, *columns.histograms[before - 1]) ? Hint::kReset : Hint::kNotReset;
  }
  return result;
}

}  // namespace isobar::promql
