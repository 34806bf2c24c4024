#include "tsdb/prometheus_block/aggregate_samples.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

namespace isobar::tsdb::prometheus {
namespace {

// Counters are sums of differences; a window of them has some thousand roundings at most.
constexpr double kRounding = 1e-11;

double slack_of(const AggregateWindow& window) { return kRounding * std::max(std::fabs(*window.counter), std::fabs(window.max)); }

double within(double value, const AggregateWindow& window) {
  if (std::isnan(value)) return window.min;
  return std::clamp(value, window.min, window.max);
}

// The values of a window in their order: two of a window that rises, else a first, the greatest, the least (or those two the
// other way round) and a last.
struct Picture {
  std::vector<double> values;
  bool first_stands_in = false;  // values[0] is an estimate for some sample
  bool last_stands_in = false;   // values.back() is
  bool last_known = true;
  bool exact = true;  // rises and falls are those of the series
};

class Windows {
 public:
  Windows(const AggregateChunk& chunk, Duration resolution, model::SampleColumns& out) : chunk_(chunk), resolution_(resolution.ms), out_(out) {}

  void run() {
    if (chunk_.first) before_ = chunk_.first->value;
    counter_before_ = before_;
    for (at_ = 0; at_ < chunk_.windows.size(); ++at_) {
      const AggregateWindow& window = chunk_.windows[at_];
      Picture picture = picture_of(window);
      fit(picture, window);
      out_.resets_lost = out_.resets_lost || !picture.exact;
      place(picture.values, window);
      before_.reset();
      if (picture.last_known) before_ = picture.values.back();
      counter_before_ = window.counter;
    }
  }

 private:
  bool begins_with_sample() const { return at_ == 0 && chunk_.first; }
  const AggregateWindow* next() const { return at_ + 1 < chunk_.windows.size() ? &chunk_.windows[at_ + 1] : nullptr; }

  // The value of the window's last sample, if what follows tells it: the chunk's end, or a window that only rises from there.
  std::optional<double> last_by_what_follows(const AggregateWindow& window) const {
    const AggregateWindow* after = next();
    if (after == nullptr) return chunk_.last;
    if (!after->counter || !window.counter) return {};
    const double increase = *after->counter - *window.counter;
    const double last = after->max - increase;
    const double slack = slack_of(*after);
    if (std::fabs(last) <= slack) return {};  // that one may have begun anew
    if (!(last >= window.min - slack && last <= window.max + slack && last <= after->min + slack)) return {};
    return std::fabs(last - window.max) <= slack ? window.max : within(last, window);
  }

  Picture picture_of(const AggregateWindow& window) const {
    if (window.count == 1) return {{window.max}};
    if (window.min == window.max) return {{window.min, window.max}};
    const std::optional<double> last = last_by_what_follows(window);
    if (rises(window, last)) return {{window.min, window.max}};
    if (before_ && counter_before_ && window.counter) {
      if (std::optional<Picture> picture = falls(window, *window.counter - *counter_before_, last)) return *std::move(picture);
    }
    return unordered(window, last);
  }

  // Whether the window goes up from its least to its greatest. It may have begun anew at its very begin.
  bool rises(const AggregateWindow& window, const std::optional<double>& last) const {
    if (!window.counter) return false;
    const double slack = slack_of(window);
    if (!counter_before_) return at_ == 0 && std::fabs(window.max - *window.counter) <= slack;
    const double increase = *window.counter - *counter_before_;
    const double before = window.max - increase;
    if (before_ && std::fabs(before - *before_) <= slack) return window.min >= *before_ - slack;
    const bool anew = at_ > 0 && std::fabs(before) <= slack && (!last || *last == window.max);
    if (before_) return anew && window.min < *before_;
    if (anew || at_ == 0) return anew;
    const AggregateWindow& previous = chunk_.windows[at_ - 1];
    return before >= previous.min - slack && before <= std::min(previous.max, window.min) + slack;
  }

  // A counter that begins anew within the window. What it grew by is its way up to its peaks and the last value. If the last is
  // not the greatest, the greatest is the only peak; else there may have been several that add up to as much.
  std::optional<Picture> falls(const AggregateWindow& window, double increase, const std::optional<double>& last) const {
    const double other = *before_ + increase - window.max;
    const double slack = slack_of(window);
    if (!(other >= window.min - slack && other <= window.max + slack) || window.max < *before_) return {};
    const double settled = std::fabs(other - window.min) <= slack ? window.min : within(other, window);
    const double begin = within(*before_, window);
    Picture picture{{begin, window.max, window.min, settled}, !begins_with_sample()};
    if (last && std::fabs(*last - settled) <= slack) return picture;
    picture.exact = false;
    if (last && *last == window.max && settled >= *before_) {
      picture.values = {begin, settled, window.min, window.max};
      return picture;
    }
    if (last) return {};
    picture.last_known = false;
    return picture;
  }

  // Nobody knows in what order: a gauge, or a counter that began anew several times. Where no sample is known the mean stands,
  // as in Thanos.
  Picture unordered(const AggregateWindow& window, const std::optional<double>& last) const {
    const double mean = within(window.sum / window.count, window);
    const double begin = begins_with_sample() ? chunk_.first->value : mean;
    Picture picture{{begin, window.max, window.min, last.value_or(mean)}, !begins_with_sample(), !last, last.has_value(), false};
    if (last == window.max) std::swap(picture.values[1], picture.values[2]);
    return picture;
  }

  // Leaves out what is there twice, and estimates that have no sample to stand for. Least and greatest stay.
  static void fit(Picture& picture, const AggregateWindow& window) {
    std::vector<double>& values = picture.values;
    if (values.size() < kSamplesPerWindow) return;
    if (leave_out_repeated(picture) && window.count < values.size() + (picture.first_stands_in ? 1 : 0)) values.erase(values.begin());
    if (values.size() > window.count) {
      values.pop_back();
      picture.last_known = false;
    } else if (picture.last_stands_in && values.size() == window.count) {
      double rest = window.sum;
      for (std::size_t i = 0; i + 1 < values.size(); ++i) rest -= values[i];
      values.back() = within(rest, window);
    }
  }

  // Whether the first value still is one that may be left out.
  static bool leave_out_repeated(Picture& picture) {
    std::vector<double>& values = picture.values;
    if (values[3] == values[2]) {
      values.pop_back();
      picture.last_stands_in = false;
    }
    if (values[0] == values[1]) {
      values.erase(values.begin());
      return false;
    }
    if (values[0] != values[2]) return true;
    values.erase(values.begin() + 2);
    if (values.size() == 3 && values[2] == values[1]) values.pop_back();
    return false;
  }

  // The first sample stands an interval behind the begin of the window, the others at its end; the second is for all between.
  void place(const std::vector<double>& all, const AggregateWindow& window) {
    const std::int64_t begin = begin_of(window);
    const std::int64_t room = window.end - begin;
    const auto n = std::min<std::int64_t>(static_cast<std::int64_t>(all.size()), room);
    const std::span<const double> values(all.data() + all.size() - static_cast<std::size_t>(n), static_cast<std::size_t>(n));
    const std::int64_t count = window.count;
    std::int64_t interval = std::max<std::int64_t>(room / count, 1);
    std::int64_t first = window.end - (count - 1) * interval;
    if (begins_with_sample()) {
      first = chunk_.first->time;
      if (count > 1) interval = std::max<std::int64_t>((window.end - std::max(first, begin + 1)) / (count - 1), 1);
    }
    interval = std::min(interval, room / n);
    first = std::clamp(first, begin + 1, window.end - (n - 1) * interval);
    const double others = sum_of_others(values);
    const double rest = std::isfinite(others) ? window.sum - others : 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t time = i == 0 && n > 1 ? first : window.end - (n - 1 - i) * interval;
      out_.push_float(time, values[static_cast<std::size_t>(i)]);
      const bool heavy = i == std::min<std::int64_t>(1, n - 1);
      if (heavy && count > n - 1 && count - n + 1 > 1) out_.weigh_last(static_cast<std::uint32_t>(count - n + 1), rest);
    }
  }

  // Of all but the one that stands for what is between.
  static double sum_of_others(std::span<const double> values) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += i == std::min<std::size_t>(1, values.size() - 1) ? 0 : values[i];
    return sum;
  }

  // Samples come behind this.
  std::int64_t begin_of(const AggregateWindow& window) const {
    std::int64_t begin = window.end - ((window.end % resolution_) + resolution_) % resolution_;
    begin = std::min(begin, window.end - 1);  // a sample at the very begin is the last of the bucket before
    if (at_ > 0) begin = std::max(begin, chunk_.windows[at_ - 1].end);
    return begin;
  }

  const AggregateChunk& chunk_;
  std::int64_t resolution_;
  model::SampleColumns& out_;
  std::size_t at_ = 0;
  std::optional<double> before_;          // the value of the last sample before the window, where it is known
  std::optional<double> counter_before_;  // the counter there
};

}  // namespace

std::size_t aggregate_sample_bound(std::string_view data) {
  const auto chunk = decode_aggregate_chunk(data);
  return chunk ? chunk->windows.size() * kSamplesPerWindow : 0;
}

void append_samples(const AggregateChunk& chunk, Duration resolution, model::SampleColumns& out) { Windows(chunk, resolution, out).run(); }

}  // namespace isobar::tsdb::prometheus
