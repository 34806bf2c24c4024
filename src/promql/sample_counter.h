// How many samples each step of a query looks at, as Prometheus counts them (totalQueryableSamples of its query statistics):
// as if the step were an instant query of its own. A selector looks at one sample of each series, a function over a range at
// all in its window, so that a sample in several windows counts in each; over a subquery these are the subquery's points. A
// float counts 1, a histogram what it takes of 16 bytes, in Prometheus' memory. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "promql/range_window.h"

namespace isobar::promql {

struct StepSamples {
  explicit StepSamples(std::size_t steps) : at(steps) {}
  std::vector<std::uint64_t> at;  // of each step
  std::uint64_t at_every = 0;     // and of what was evaluated once for all steps

  // Of as many steps.
  void add(const StepSamples& more) {
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += more.at[i];
    at_every += more.at_every;
  }
};

// A histogram of Prometheus: 168 bytes and its lists, with its time, in units of 16 (HPoint in promql/value.go there).
inline std::uint64_t counted_size(const model::Histogram& h) {
  const std::size_t items = h.positive_spans.size() + h.negative_spans.size() + h.positive_buckets.size() +
                            h.negative_buckets.size() + h.custom_values.size();
  return (168 + 8 * items + 8) / 16;
}

// Where a stream counts; taken from QueryState when the stream is made. A value.
struct SampleCounter {
  StepSamples* samples = nullptr;  // null: nothing is counted
  bool every_step = false;         // what is evaluated once, for all steps

  explicit operator bool() const { return samples != nullptr; }
  // One step: an instant query, whose inner grids count there too.
  void add(std::size_t step, std::uint64_t count) const {
    if (every_step) samples->at_every += count;
    else samples->at[samples->at.size() == 1 ? 0 : step] += count;
  }
  void add(std::size_t step, const RangeWindow& window) const {
    std::uint64_t count = window.float_count();
    for (const eval::HistogramPtr& h : window.histograms) count += counted_size(*h);
    add(step, count);
  }
};

}  // namespace isobar::promql
