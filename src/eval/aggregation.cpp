#include "eval/aggregation.h"

#include <cmath>
#include <limits>

#include "eval/kernels.h"
#include "model/histogram_arithmetic.h"

namespace isobar::eval {

struct GroupFold::Histograms {
  struct State {
    std::unique_ptr<model::HistogramSum> sum;    // kSum
    std::unique_ptr<model::HistogramMean> mean;  // kAvg
    double count = 0;
    bool unusable = false;
    bool saw_reset = false;
    bool saw_no_reset = false;

    model::HistogramJoin add(AggregateOp op, const model::Histogram& h) {
      count += 1;
      saw_reset |= h.reset_hint == model::CounterResetHint::kReset;
      saw_no_reset |= h.reset_hint == model::CounterResetHint::kNotReset;
      if (sum) return sum->add(h);
      if (mean) return mean->add(h);
      if (op == AggregateOp::kSum) {
        sum = std::make_unique<model::HistogramSum>(h);
      } else {
        mean = std::make_unique<model::HistogramMean>(h);
      }
      return {};
    }
  };
  std::vector<State> steps;
};

namespace {

bool needs_second(AggregateOp op) {
  return op == AggregateOp::kSum || op == AggregateOp::kAvg || op == AggregateOp::kStddev ||
         op == AggregateOp::kStdvar;
}
bool counts_only(AggregateOp op) {
  return op == AggregateOp::kCount || op == AggregateOp::kGroup;
}
bool adds_histograms(AggregateOp op) {
  return op == AggregateOp::kSum || op == AggregateOp::kAvg;
}

void note(const model::HistogramJoin& join, AggregationNotes& notes) {
  notes.incompatible_schemas |= join.incompatible;
  notes.bounds_reconciled |= join.bounds_reconciled;
}

}  // namespace

GroupFold::GroupFold(AggregateOp op, std::size_t steps) : op_(op), steps_(steps), counts_(steps) {
  if (counts_only(op)) return;
  const bool extreme = op == AggregateOp::kMin || op == AggregateOp::kMax;
  first_.assign(steps, extreme ? std::numeric_limits<double>::quiet_NaN() : 0);
  if (needs_second(op)) second_.assign(steps, 0);
}
GroupFold::GroupFold(GroupFold&&) noexcept = default;
GroupFold& GroupFold::operator=(GroupFold&&) noexcept = default;
GroupFold::~GroupFold() = default;

std::size_t GroupFold::byte_size(AggregateOp op, std::size_t steps) {
  const std::size_t arrays = counts_only(op) ? 1 : (needs_second(op) ? 3 : 2);
  return sizeof(GroupFold) + arrays * steps * sizeof(double);
}

void GroupFold::add(const StepSeries& series, AggregationNotes& notes) {
  if (counts_only(op_)) {
    count_present(steps_, series.kinds.data(), counts_.data());
    return;
  }
  add_floats(series);
  if (series.histograms.empty() || !has_histograms(steps_, series.kinds.data())) return;
  if (adds_histograms(op_)) {
    add_histograms(series, notes);
  } else {
    notes.ignored_histogram = true;
  }
}

void GroupFold::add_floats(const StepSeries& series) {
  const Kind* kinds = series.kinds.data();
  const double* x = series.values.data();
  switch (op_) {
    case AggregateOp::kMin:
      return min_masked(steps_, kinds, x, first_.data(), counts_.data());
    case AggregateOp::kMax:
      return max_masked(steps_, kinds, x, first_.data(), counts_.data());
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      return variance_masked(steps_, kinds, x, first_.data(), second_.data(), counts_.data());
    case AggregateOp::kAvg:
      return add_average(series);
    default:
      break;
  }
  if (all_floats(steps_, kinds)) {
    sum_dense(steps_, x, first_.data(), second_.data(), counts_.data());
  } else {
    sum_masked(steps_, kinds, x, first_.data(), second_.data(), counts_.data());
  }
}

// A sum is more accurate than a running mean, so the mean is only used from the value on that would overflow
// the sum.
void GroupFold::add_average(const StepSeries& series) {
  for (std::size_t i = 0; i < steps_; ++i) {
    if (series.kinds[i] != Kind::kFloat) continue;
    const double x = series.values[i];
    const double n = counts_[i] += 1;
    const bool already = !running_mean_.empty() && running_mean_[i];
    if (!already) {
      double sum = first_[i];
      double comp = second_[i];
      add_compensated(x, sum, comp);
      if (!std::isinf(sum) || n == 1) {
        first_[i] = sum;
        second_[i] = comp;
        continue;
      }
      if (running_mean_.empty()) running_mean_.resize(steps_);
      running_mean_[i] = true;
      first_[i] /= n - 1;
      second_[i] /= n - 1;
    }
    const double share = (n - 1) / n;
    first_[i] *= share;
    second_[i] *= share;
    add_compensated(x / n, first_[i], second_[i]);
  }
}

void GroupFold::add_histograms(const StepSeries& series, AggregationNotes& notes) {
  if (!histograms_) {
    histograms_ = std::make_unique<Histograms>();
    histograms_->steps.resize(steps_);
  }
  for (std::size_t i = 0; i < steps_; ++i) {
    if (series.kinds[i] != Kind::kHistogram) continue;
    Histograms::State& state = histograms_->steps[i];
    if (state.unusable) continue;
    const model::HistogramJoin join = state.add(op_, *series.histograms[i]);
    note(join, notes);
    // Seen among all inputs, also where a gauge among them makes the sum a gauge.
    notes.reset_conflict |= state.saw_reset && state.saw_no_reset;
    state.unusable = join.incompatible;
  }
}

bool GroupFold::saw_mixed() const {
  if (!histograms_) return false;
  for (std::size_t i = 0; i < steps_; ++i) {
    if (counts_[i] > 0 && histograms_->steps[i].count > 0) return true;
  }
  return false;
}

void GroupFold::finish(StepSeries& out) const {
  out.reset(steps_);
  for (std::size_t i = 0; i < steps_; ++i) out.set(i, finish_cell(i));
}

namespace {
Cell compacted(model::Histogram h) {
  model::compact(h);
  return Cell::of(std::make_shared<const model::Histogram>(std::move(h)));
}
}  // namespace

Cell GroupFold::finish_cell(std::size_t i) const {
  const double n = counts_[i];
  if (histograms_) {
    const Histograms::State& state = histograms_->steps[i];
    if (state.unusable || (n > 0 && state.count > 0)) return {};
    if (state.mean) return compacted(state.mean->value());
    if (state.sum) return compacted(state.sum->value());
  }
  if (n == 0) return {};
  switch (op_) {
    case AggregateOp::kSum:
      return Cell::of(first_[i] + second_[i]);
    case AggregateOp::kAvg: {
      if (!running_mean_.empty() && running_mean_[i]) return Cell::of(first_[i] + second_[i]);
      return Cell::of(first_[i] / n + second_[i] / n);
    }
    case AggregateOp::kMin:
    case AggregateOp::kMax:
      return Cell::of(first_[i]);
    case AggregateOp::kCount:
      return Cell::of(n);
    case AggregateOp::kGroup:
      return Cell::of(1.0);
    case AggregateOp::kStdvar:
      return Cell::of(second_[i] / n);
    case AggregateOp::kStddev:
      return Cell::of(std::sqrt(second_[i] / n));
    default:
      return {};
  }
}

}  // namespace isobar::eval
