// Samples of one series, in columns.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/histogram.h"

namespace isobar::model {

// Prometheus' staleness marker: this exact NaN ends a series. Every other NaN is a value.
inline constexpr std::uint64_t kStaleNanBits = 0x7ff0000000000002ULL;
inline double stale_nan() { return std::bit_cast<double>(kStaleNanBits); }
inline bool is_stale_nan(double v) { return std::bit_cast<std::uint64_t>(v) == kStaleNanBits; }

// Ascending, unique timestamps (ms). `histograms` is empty when the series has floats only; otherwise it is as long
// as `timestamps`, and where it is not null the sample is that histogram (then values[i] is the histogram's sum, so
// that a stale marker is found in `values` alone). `start_timestamps` is empty when none is known, else as long as
// `timestamps`, 0 meaning unknown.
//
// Downsampled samples (docs/formats/metrics_block.md): `weights` and `sums` are both empty, every sample standing for itself,
// or both as long as `timestamps`. weights[i] is how many samples the i-th stands for, itself included; sums[i] their sum,
// for a histogram of a weight above 1 nothing.
struct SampleColumns {
  std::vector<std::int64_t> timestamps;
  std::vector<double> values;
  std::vector<std::shared_ptr<const Histogram>> histograms;
  std::vector<std::int64_t> start_timestamps;
  std::vector<std::uint32_t> weights;
  std::vector<double> sums;
  bool resets_lost = false;  // neighbours of resets may be missing

  std::size_t size() const { return timestamps.size(); }
  bool is_histogram(std::size_t i) const { return !histograms.empty() && histograms[i] != nullptr; }
  void clear() {
    timestamps.clear();
    values.clear();
    histograms.clear();
    start_timestamps.clear();
    weights.clear();
    sums.clear();
    resets_lost = false;
  }
  std::uint32_t weight(std::size_t i) const { return weights.empty() ? 1 : weights[i]; }
  double sum(std::size_t i) const { return sums.empty() ? values[i] : sums[i]; }
  // Whether samples between the i-th and the next were left out: the series went on until then.
  bool goes_on_after(std::size_t i) const { return i + 1 < weights.size() && weights[i + 1] > 1; }
  // Makes the last sample stand for several.
  void weigh_last(std::uint32_t weight, double sum) {
    if (weight == 1 && weights.empty()) return;
    need_weights();
    weights.back() = weight;
    sums.back() = sum;
  }
  // What is there or was added to the other columns since the last call stands for itself, if anything has weights.
  void pad_weights() {
    if (!weights.empty()) need_weights();
  }
  void push_float(std::int64_t t, double v, std::int64_t start = 0) {
    push_common(t, v, start);
    if (!histograms.empty()) histograms.emplace_back();
  }
  void push_histogram(std::int64_t t, std::shared_ptr<const Histogram> h, std::int64_t start = 0) {
    if (histograms.empty()) histograms.resize(timestamps.size());
    push_common(t, h->sum, start);
    histograms.push_back(std::move(h));
  }

 private:
  void need_weights() {
    weights.resize(timestamps.size(), 1);
    sums.insert(sums.end(), values.begin() + static_cast<std::ptrdiff_t>(sums.size()), values.end());
  }
  void push_common(std::int64_t t, double v, std::int64_t start) {
    timestamps.push_back(t);
    values.push_back(v);
    pad_weights();
    if (start != 0 && start_timestamps.empty()) start_timestamps.resize(timestamps.size() - 1);
    if (start != 0 || !start_timestamps.empty()) start_timestamps.push_back(start);
  }
};

}  // namespace isobar::model
