#include <cmath>

#include "base/utf8.h"
#include "eval/aggregation.h"
#include "eval/grouping.h"
#include "eval/selection.h"
#include "promql/aggregators.h"
#include "promql/evaluation.h"
#include "promql/explain.h"
#include "promql/number_text.h"

namespace isobar::promql {
namespace {

using eval::AggregateOp;
using eval::Kind;

// Series with the group each belongs to.
struct Grouped {
  eval::StepMatrix series;
  std::vector<std::vector<std::uint32_t>> members;  // by group, in stream order
};

class Aggregation {
 public:
  Aggregation(QueryState& state, const AggregateExpr& expr, std::size_t steps, Value parameter)
      : state_(state),
        expr_(expr),
        op_(expr.aggregator->op),
        steps_(steps),
        parameter_(std::move(parameter)),
        groups_(eval::Grouping(!expr.without, expr.grouping, state.metadata_labels)),
        hold_(state.memory) {}

  Result<eval::StreamPtr> run(eval::StreamPtr input) {
    TRYV(check_parameter());
    switch (op_) {
      case AggregateOp::kTopk:
      case AggregateOp::kBottomk:
      case AggregateOp::kLimitk:
      case AggregateOp::kLimitRatio: {
        TRY(const Grouped grouped, collect(*input));
        return select(grouped);
      }
      case AggregateOp::kQuantile: {
        TRY(const Grouped grouped, collect(*input));
        return quantiles(grouped);
      }
      case AggregateOp::kCountValues:
        return count_values(*input);
      default:
        return fold(*input);
    }
  }

 private:
  PositionRange position() const { return expr_.inner->position; }

  Result<eval::StreamPtr> fold(eval::SeriesStream& input) {
    std::vector<eval::GroupFold> folds;
    std::vector<bool> drop_name;
    eval::AggregationNotes notes;
    eval::StepSeries series;
    while (true) {
      TRY(const bool more, input.next(series));
      if (!more) break;
      if (series.empty()) continue;
      const std::uint32_t group = groups_.group_of(series.labels);
      if (group >= folds.size()) {
        TRYV(hold_.grow(eval::GroupFold::byte_size(op_, steps_), steps_));
        folds.emplace_back(op_, steps_);
        drop_name.push_back(false);
      }
      folds[group].add(series, notes);
      drop_name[group] = drop_name[group] || series.drop_name;
    }
    annotate(notes);
    eval::StepMatrix result(folds.size());
    for (std::uint32_t g = 0; g < folds.size(); ++g) {
      folds[g].finish(result[g]);
      result[g].labels = groups_.labels(g);
      result[g].drop_name = drop_name[g];
      if (folds[g].saw_mixed()) mixed_floats_histograms();
    }
    return hold(std::move(result), state_, expr_.without);
  }

  void mixed_floats_histograms() {
    state_.notes.warn(position(), "encountered a mix of histograms and floats for aggregation");
  }

  void annotate(const eval::AggregationNotes& notes) {
    if (notes.ignored_histogram) ignored_histogram();
    if (notes.incompatible_schemas) {
      state_.notes.warn(position(),
                        "vector contains a mix of histograms with exponential and custom buckets");
    }
    if (notes.bounds_reconciled) state_.notes.reconciled_buckets(position(), "aggregation");
    if (notes.reset_conflict) state_.notes.reset_conflict(position(), "aggregation");
  }
  void ignored_histogram() {
    state_.notes.info(position(), fmt::format("ignored histogram in {} aggregation", expr_.aggregator->name));
  }

  // Wrong parameters are errors even if there is nothing to aggregate.
  Result<void> check_parameter() {
    const bool ratio = op_ == AggregateOp::kLimitRatio;
    if (!ratio && op_ != AggregateOp::kTopk && op_ != AggregateOp::kBottomk && op_ != AggregateOp::kLimitk)
      return {};
    for (const double p : parameter_.scalars) {
      if (std::isnan(p))
        return fail(Code::kUnprocessable, ratio ? "Ratio value is NaN" : "Parameter value is NaN");
      if (ratio && std::fabs(p) > 1) {
        state_.notes.warn(expr_.parameter->position,
                          fmt::format("ratio value should be between -1 and 1, got {}, capping to {}",
                                      number_text(p), number_text(std::clamp(p, -1.0, 1.0))));
      }
      if (!ratio && std::fabs(p) >= 9.223372036854775807e18) {
        return fail(Code::kUnprocessable, fmt::format("Scalar value {} overflows int64", number_text(p)));
      }
    }
    return {};
  }

  Result<Grouped> collect(eval::SeriesStream& input) {
    Grouped grouped;
    TRY(grouped.series, eval::collect(input, hold_));
    for (std::uint32_t s = 0; s < grouped.series.size(); ++s) {
      const std::uint32_t group = groups_.group_of(grouped.series[s].labels);
      if (group >= grouped.members.size()) grouped.members.resize(group + 1);
      grouped.members[group].push_back(s);
    }
    return grouped;
  }

  // topk, bottomk, limitk, limit_ratio: the chosen series with their own labels.
  Result<eval::StreamPtr> select(const Grouped& grouped) {
    std::vector<eval::StepSeries> chosen(grouped.series.size());
    std::vector<std::uint32_t> order;
    for (const auto& members : grouped.members) {
      for (std::size_t step = 0; step < steps_; ++step) {
        for (const std::uint32_t s : pick(grouped.series, members, step)) {
          if (chosen[s].steps() == 0) {
            chosen[s].reset(steps_);
            chosen[s].labels = grouped.series[s].labels;
            chosen[s].drop_name = grouped.series[s].drop_name;
            order.push_back(s);
          }
          chosen[s].set(step, grouped.series[s].cell(step));
        }
      }
    }
    eval::StepMatrix result;
    for (const std::uint32_t s : order) result.push_back(std::move(chosen[s]));
    return hold(std::move(result), state_);
  }

  std::vector<std::uint32_t> pick(const eval::StepMatrix& series, const std::vector<std::uint32_t>& members,
                                  std::size_t step) {
    const double parameter = parameter_.scalars[step];
    if (op_ == AggregateOp::kLimitRatio) return pick_ratio(series, members, step, parameter);
    if (parameter < 1) return {};
    const std::size_t k = std::min(static_cast<std::size_t>(parameter), members.size());
    if (op_ == AggregateOp::kLimitk) {
      std::vector<std::uint32_t> picked;
      for (const std::uint32_t s : members) {
        if (picked.size() < k && series[s].present(step)) picked.push_back(s);
      }
      return picked;
    }
    for (const std::uint32_t s : members) {
      if (series[s].kinds[step] == Kind::kHistogram) ignored_histogram();
    }
    return eval::best_members(series, members, step, k, op_ == AggregateOp::kTopk);
  }

  std::vector<std::uint32_t> pick_ratio(const eval::StepMatrix& series,
                                        const std::vector<std::uint32_t>& members, std::size_t step,
                                        double ratio) {
    const double capped = std::clamp(ratio, -1.0, 1.0);
    std::vector<std::uint32_t> picked;
    for (const std::uint32_t s : members) {
      if (!series[s].present(step)) continue;
      const double position = eval::ratio_position(series[s].labels);
      // A negative ratio picks exactly what the positive ratio of the same complement leaves.
      const bool in = capped >= 0 ? position < capped : position >= 1 + capped;
      if (in) picked.push_back(s);
    }
    return picked;
  }

  Result<eval::StreamPtr> quantiles(const Grouped& grouped) {
    eval::StepMatrix result(grouped.members.size());
    for (std::uint32_t g = 0; g < grouped.members.size(); ++g) {
      result[g].reset(steps_);
      result[g].labels = groups_.labels(g);
      for (std::size_t step = 0; step < steps_; ++step) {
        std::vector<double> values;
        for (const std::uint32_t s : grouped.members[g]) {
          const Kind kind = grouped.series[s].kinds[step];
          if (kind == Kind::kHistogram) ignored_histogram();
          if (kind == Kind::kFloat) values.push_back(grouped.series[s].values[step]);
          result[g].drop_name = result[g].drop_name || grouped.series[s].drop_name;
        }
        if (values.empty()) continue;
        const double phi = parameter_.scalars[step];
        if (!(phi >= 0 && phi <= 1)) state_.notes.invalid_quantile(expr_.parameter->position, phi);
        result[g].set(step, eval::quantile(phi, values));
      }
    }
    return hold(std::move(result), state_, expr_.without);
  }

  // The group of a sample depends on its value, so groups are found per cell; equal values usually follow
  // each other.
  Result<eval::StreamPtr> count_values(eval::SeriesStream& input) {
    const std::string& name = parameter_.text;
    if (name.empty() || !is_valid_utf8(name)) {
      return fail(Code::kUnprocessable, fmt::format("invalid label name {}", quoted_text(name)));
    }
    // The value is a label like the others: without (name) takes it away again.
    const bool removed = expr_.without && (name == model::kMetricName || std::find(expr_.grouping.begin(), expr_.grouping.end(), name) != expr_.grouping.end());
    eval::StepMatrix counts;
    std::unordered_map<model::Labels, std::size_t> known;
    eval::StepSeries series;
    while (true) {
      TRY(const bool more, input.next(series));
      if (!more) break;
      const model::Labels& group = groups_.labels(groups_.group_of(series.labels));
      for (std::size_t step = 0; step < steps_; ++step) {
        if (!series.present(step)) continue;
        model::LabelsBuilder builder(group);
        if (!removed) builder.set(name, value_text(series.cell(step)));
        model::Labels labels = builder.build();
        const auto [at, added] = known.try_emplace(labels, counts.size());
        if (added) {
          counts.emplace_back().reset(steps_);
          counts.back().labels = std::move(labels);
          TRYV(hold_.grow(counts.back()));
        }
        eval::StepSeries& count = counts[at->second];
        count.drop_name = count.drop_name || series.drop_name;
        count.set(step, (count.present(step) ? count.values[step] : 0) + 1);
      }
    }
    return hold(std::move(counts), state_);
  }

  static std::string value_text(const eval::Cell& cell) {
    return cell.kind == Kind::kHistogram ? histogram_text(*cell.histogram) : fixed_text(cell.value);
  }

  QueryState& state_;
  const AggregateExpr& expr_;
  AggregateOp op_;
  std::size_t steps_;
  Value parameter_;
  eval::GroupIndex groups_;
  eval::MemoryHold hold_;
};

}  // namespace

Result<eval::StreamPtr> Evaluator::aggregate(const AggregateExpr& expr, const eval::StepGrid& grid) {
  Value parameter;
  if (expr.parameter) {
    TRY(parameter, evaluate(*expr.parameter, grid));
  }
  TRY(eval::StreamPtr input, vector(*expr.inner, grid));
  return Aggregation(state_, expr, grid.count, std::move(parameter)).run(std::move(input));
}

Result<eval::StreamPtr> Evaluator::aggregate_once(const AggregateExpr& expr, const eval::StepGrid& grid) {
  SharedAggregates* const shared = state_.shared_aggregates;
  if (shared == nullptr || !shared->again(expr)) return aggregate(expr, grid);
  if (trace_ != nullptr && shared->known(expr, grid, state_.counter)) trace_->repeated();
  return shared->series(expr, grid, {state_.notes, state_.counter}, [&] { return aggregate(expr, grid); });
}

}  // namespace isobar::promql
