#include "promql/float_windows.h"

namespace isobar::promql {
namespace {

// The first index whose time is past `bound`, moving up only. Steps and samples usually keep a pace, so the same stride as
// before is tried first.
class Edge {
 public:
  explicit Edge(std::span<const std::int64_t> times) : times_(times) {}
  std::uint32_t past(std::int64_t bound) {
    const std::size_t guess = at_ + stride_;
    if (guess <= times_.size() && (guess == 0 || times_[guess - 1] <= bound) && (guess == times_.size() || times_[guess] > bound)) {
      at_ = guess;
      return static_cast<std::uint32_t>(at_);
    }
    const std::size_t before = at_;
    while (at_ < times_.size() && times_[at_] <= bound) ++at_;
    stride_ = at_ - before;
    return static_cast<std::uint32_t>(at_);
  }

 private:
  std::span<const std::int64_t> times_;
  std::size_t at_ = 0;
  std::size_t stride_ = 0;
};

}  // namespace

FloatWindows FloatWindowFinder::find(const WindowPlan& plan, const RangeSeries& series) {
  const std::size_t steps = plan.grid.count;
  if (first_.size() == steps && times_ == series.float_times) return {plan, series.float_times, series.floats, first_, last_};
  times_ = series.float_times;
  first_.resize(steps);
  last_.resize(steps);
  Edge first(series.float_times), last(series.float_times);
  for (std::size_t i = 0; i < steps; ++i) {
    const std::int64_t end = plan.end(i);
    first_[i] = first.past(end - plan.range.ms);
    last_[i] = last.past(end);
  }
  return {plan, series.float_times, series.floats, first_, last_};
}

}  // namespace isobar::promql
