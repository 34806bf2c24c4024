// One series of a vector, laid out over the steps of a query, and streams of such series.
//
// A cell is absent, a float or a histogram. `values` is meaningful where the kind is kFloat; `histograms` is
// empty as long as the series never held one. Buffers are reused from series to series: a stream overwrites
// what it is given. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "model/histogram.h"
#include "model/labels.h"

namespace isobar::eval {

using HistogramPtr = std::shared_ptr<const model::Histogram>;

enum class Kind : std::uint8_t { kAbsent = 0, kFloat = 1, kHistogram = 2 };

// A single sample without a time: the argument and result of scalar kernels.
struct Cell {
  Kind kind = Kind::kAbsent;
  double value = 0;
  HistogramPtr histogram;

  static Cell of(double v) { return {Kind::kFloat, v, nullptr}; }
  static Cell of(HistogramPtr h) { return {Kind::kHistogram, 0, std::move(h)}; }
};

struct StepSeries {
  model::Labels labels;
  // The metric name is still in `labels` but must go from the final result (delayed name removal).
  bool drop_name = false;
  std::vector<Kind> kinds;
  std::vector<double> values;
  std::vector<HistogramPtr> histograms;

  std::size_t steps() const { return kinds.size(); }
  // All cells absent; labels stay.
  void reset(std::size_t steps) {
    kinds.assign(steps, Kind::kAbsent);
    values.assign(steps, 0);
    histograms.clear();
  }
  void set(std::size_t i, double v) {
    kinds[i] = Kind::kFloat;
    values[i] = v;
  }
  void set(std::size_t i, HistogramPtr h) {
    if (histograms.empty()) histograms.resize(kinds.size());
    kinds[i] = Kind::kHistogram;
    histograms[i] = std::move(h);
  }
  void set(std::size_t i, const Cell& cell) {
    if (cell.kind == Kind::kFloat) set(i, cell.value);
    if (cell.kind == Kind::kHistogram) set(i, cell.histogram);
    if (cell.kind == Kind::kAbsent) kinds[i] = Kind::kAbsent;
  }
  void erase(std::size_t i) { kinds[i] = Kind::kAbsent; }
  bool present(std::size_t i) const { return kinds[i] != Kind::kAbsent; }
  Cell cell(std::size_t i) const {
    return {kinds[i], values[i], kinds[i] == Kind::kHistogram ? histograms[i] : nullptr};
  }
  bool empty() const {
    for (const Kind kind : kinds) {
      if (kind != Kind::kAbsent) return false;
    }
    return true;
  }
  std::size_t byte_size() const {
    return sizeof(StepSeries) + labels.encoded().size() + kinds.size() * (sizeof(Kind) + sizeof(double)) +
           histograms.size() * sizeof(HistogramPtr);
  }
};

using StepMatrix = std::vector<StepSeries>;

// Series of a vector, one after the other, in an order that depends on the data only.
class SeriesStream {
 public:
  virtual ~SeriesStream() = default;
  // Fills `out` and answers true, or answers false at the end. Series without any sample may be left out.
  virtual Result<bool> next(StepSeries& out) = 0;
  // True if no two series become equal when their metric names are removed; saves operators a merge.
  virtual bool distinct_without_name() const { return false; }
};
using StreamPtr = std::unique_ptr<SeriesStream>;

}  // namespace isobar::eval
