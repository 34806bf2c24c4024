// What a function over a range sees: the samples of one series in one window, floats and histograms apart,
// without stale markers. Spans are valid during the call. Timestamps in ms.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>

#include "eval/step_series.h"
#include "promql/ast.h"
#include "promql/notes.h"

namespace isobar::promql {

enum class Extension : std::uint8_t { kNone, kAnchored, kSmoothed };

// Normally the samples lie in (start, end]. With an extension there may be earlier ones (within the lookback)
// and, smoothed, later ones too.
struct RangeWindow {
  std::span<const std::int64_t> float_times;
  std::span<const double> floats;
  std::span<const std::int64_t> float_starts;  // start timestamps, 0 unknown; empty if none is known
  std::span<const std::int64_t> histogram_times;
  std::span<const eval::HistogramPtr> histograms;
  std::span<const std::int64_t> histogram_starts;
  // Of downsampled samples, else empty: how many each stands for, and their sum (model::SampleColumns).
  std::span<const std::uint32_t> float_weights;
  std::span<const double> float_sums;
  std::span<const std::uint32_t> histogram_weights;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t now = 0;  // the step's time
  Extension extension = Extension::kNone;

  double seconds() const { return static_cast<double>(end - start) / 1000; }
  std::int64_t float_start(std::size_t i) const { return float_starts.empty() ? 0 : float_starts[i]; }
  // With those that are left out.
  std::size_t float_count() const { return float_weights.empty() ? floats.size() : total(float_weights); }
  std::size_t histogram_count() const { return histogram_weights.empty() ? histograms.size() : total(histogram_weights); }
  // Addends of the sum of all floats.
  std::span<const double> addends() const { return float_sums.empty() ? floats : float_sums; }
  std::int64_t histogram_start(std::size_t i) const {
    return histogram_starts.empty() ? 0 : histogram_starts[i];
  }

 private:
  static std::size_t total(std::span<const std::uint32_t> weights) { return std::accumulate(weights.begin(), weights.end(), std::size_t{0}); }
};

struct RangeCall {
  const CallExpr& call;
  const model::Labels& series;  // labels of the series the window is of
  const double* parameters;     // the scalar arguments at this step, in order
  Notes& notes;
  bool type_and_unit_labels;
  std::string failure;  // set: the query fails with this text

  PositionRange argument(std::size_t i) const { return call.arguments[i]->position; }
};

}  // namespace isobar::promql
