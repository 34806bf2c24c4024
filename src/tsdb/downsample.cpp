#include "tsdb/downsample.h"

#include <algorithm>
#include <cmath>

#include "model/histogram_arithmetic.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {
namespace {

// Sums of a window of many blocks stay far from infinity, where the order of additions would show.
constexpr double kLargestMagnitude = 1e300;

// Which (k·r, (k+1)·r].
std::int64_t bucket_of(std::int64_t t, std::int64_t r) {
  const std::int64_t floor = t / r - (t % r < 0 ? 1 : 0);
  return t % r == 0 ? floor - 1 : floor;
}

// A start timestamp that says that the counter began anew in between; as promql/functions/rate.cpp reads it.
bool start_between(std::int64_t previous_time, std::int64_t start, std::int64_t time) {
  return start != 0 && start < time && start > previous_time;
}

class Selection {
 public:
  Selection(const model::SampleColumns& in, std::int64_t resolution) : in_(in), resolution_(resolution), kept_(in.size()), resets_(in.size()) {}

  model::SampleColumns run() {
    if (!find_samples()) return in_;
    keep_ends_and_extremes();
    keep_markers();
    keep_changes();
    const bool counter = is_counter();
    if (counter) {
      for (std::size_t i = 0; i < kept_.size(); ++i) kept_[i] = kept_[i] || resets_[i];
    }
    keep_false_resets(counter);
    const auto left = static_cast<std::size_t>(std::count(kept_.begin(), kept_.end(), true));
    if (left * 4 > in_.size() * 3) return in_;
    return take(!counter);
  }

 private:
  // Which are samples and no staleness markers, and of what kind. False: all are kept.
  bool find_samples() {
    double magnitude = 0;
    std::size_t histograms = 0;
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (model::is_stale_nan(in_.values[i])) continue;
      samples_.push_back(i);
      if (in_.is_histogram(i)) ++histograms;
      else if (!std::isnan(in_.values[i])) magnitude += std::fabs(in_.values[i]) * in_.weight(i);
    }
    histograms_ = histograms > 0;
    return !samples_.empty() && (histograms == 0 || histograms == samples_.size()) && magnitude < kLargestMagnitude;
  }

  void keep_ends_and_extremes() {
    for (std::size_t from = 0; from < samples_.size();) {
      const std::int64_t bucket = bucket_of(in_.timestamps[samples_[from]], resolution_);
      std::size_t to = from;
      std::size_t least = samples_[from];
      std::size_t most = samples_[from];
      for (; to < samples_.size() && bucket_of(in_.timestamps[samples_[to]], resolution_) == bucket; ++to) {
        const double v = in_.values[samples_[to]];
        if (v < in_.values[least] || std::isnan(in_.values[least])) least = samples_[to];
        if (v > in_.values[most] || std::isnan(in_.values[most])) most = samples_[to];
      }
      kept_[samples_[from]] = kept_[samples_[to - 1]] = true;
      if (!histograms_) kept_[least] = kept_[most] = true;
      from = to;
    }
  }

  void keep_markers() {
    std::size_t next = 0;  // the first of samples_ behind i
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (next < samples_.size() && samples_[next] == i) {
        kept_[i] = kept_[i] || (!histograms_ && std::isnan(in_.values[i]));
        ++next;
        continue;
      }
      kept_[i] = true;
      if (next > 0) kept_[samples_[next - 1]] = true;
      // Without its neighbour the reset hint of a histogram would be looked for behind the marker.
      if (next < samples_.size() && histograms_) kept_[samples_[next]] = true;
    }
  }

  std::int64_t start(std::size_t i) const { return in_.start_timestamps.empty() ? 0 : in_.start_timestamps[i]; }

  bool values_fall(std::size_t before, std::size_t i) const {
    return histograms_ ? model::detect_reset(*in_.histograms[i], *in_.histograms[before]) : in_.values[i] < in_.values[before];
  }
  bool starts_anew(std::size_t before, std::size_t i) const { return start_between(in_.timestamps[before], start(i), in_.timestamps[i]); }
  bool layout_changes(std::size_t before, std::size_t i) const {
    if (start(i) != start(before) || starts_anew(before, i)) return true;
    if (!histograms_) return false;
    const model::Histogram& a = *in_.histograms[before];
    const model::Histogram& b = *in_.histograms[i];
    const auto gauge = [](const model::Histogram& h) { return h.reset_hint == model::CounterResetHint::kGauge; };
    return a.schema != b.schema || a.zero_threshold != b.zero_threshold || a.custom_values != b.custom_values || gauge(a) != gauge(b);
  }

  void keep_changes() {
    for (std::size_t n = 1; n < samples_.size(); ++n) {
      const std::size_t before = samples_[n - 1];
      const std::size_t i = samples_[n];
      if (layout_changes(before, i)) kept_[before] = kept_[i] = true;
      if (values_fall(before, i)) (histograms_ ? kept_ : resets_)[before] = (histograms_ ? kept_ : resets_)[i] = true;
    }
  }

  // The neighbours of resets are worth their bytes where resets are rare.
  bool is_counter() const {
    if (in_.resets_lost) return false;
    std::size_t without = 0;
    std::size_t with = 0;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      if (kept_[i]) ++without;
      if (kept_[i] || resets_[i]) ++with;
    }
    return with * 2 <= without * 3;
  }

  // Two kept samples must compare as a reset only if one lies between them. Values that only rise cannot; what hints,
  // thresholds and start timestamps say of histograms and starts is not always transitive.
  void keep_false_resets(bool counter) {
    if (!histograms_ && in_.start_timestamps.empty()) return;
    std::size_t last = 0;  // of samples_, kept: the first one is
    for (std::size_t n = 1; n < samples_.size(); ++n) {
      if (!kept_[samples_[n]]) continue;
      const std::size_t before = samples_[last];
      const std::size_t i = samples_[n];
      const bool falls = (counter || histograms_) && values_fall(before, i);
      if (n - last > 1 && (falls || layout_changes(before, i))) {
        for (std::size_t between = last + 1; between < n; ++between) kept_[samples_[between]] = true;
      }
      last = n;
    }
  }

  model::SampleColumns take(bool lossy) const {
    model::SampleColumns out;
    out.resets_lost = in_.resets_lost || (lossy && !histograms_);
    std::uint32_t weight = 0;
    double sum = 0;
    double lost = 0;
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (!model::is_stale_nan(in_.values[i])) {
        weight += in_.weight(i);
        add(in_.sum(i), sum, lost);
      }
      if (!kept_[i]) continue;
      const bool marker = model::is_stale_nan(in_.values[i]);
      append_range(in_, {in_.timestamps[i]}, {in_.timestamps[i]}, out);
      if (!marker && weight != in_.weight(i)) out.weigh_last(weight, sum + lost);
      weight = 0;
      sum = lost = 0;
    }
    return out;
  }

  // Neumaier's compensated addition.
  static void add(double x, double& sum, double& lost) {
    const double t = sum + x;
    lost += std::fabs(sum) >= std::fabs(x) ? (sum - t) + x : (x - t) + sum;
    sum = t;
  }

  const model::SampleColumns& in_;
  std::int64_t resolution_;
  std::vector<bool> kept_;
  std::vector<bool> resets_;          // neighbours of those of floats
  std::vector<std::size_t> samples_;  // without staleness markers
  bool histograms_ = false;
};

}  // namespace

model::SampleColumns downsample(const model::SampleColumns& in, Duration resolution) {
  if (in.size() == 0) return in;
  return Selection(in, resolution.ms).run();
}

}  // namespace isobar::tsdb
