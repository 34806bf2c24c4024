// histogram_quantile, histogram_quantiles and histogram_fraction: over native histograms and over classic
// ones, whose buckets are series with a label "le".
#include <cmath>

#include "promql/bucket_math.h"
#include "promql/evaluation.h"
#include "promql/functions/families.h"
#include "promql/number_text.h"

namespace isobar::promql {
namespace {

using eval::Kind;

constexpr std::string_view kBucketLabel = "le";

// What belongs to one histogram: the series of its classic buckets and the native series of the same labels.
struct HistogramGroup {
  model::Labels labels;  // with the name, without le
  bool drop_name = false;
  std::vector<std::pair<double, std::uint32_t>> buckets;  // upper bound, series
  std::uint32_t native = UINT32_MAX;
};

bool holds(const eval::StepSeries& series, Kind kind) {
  return std::find(series.kinds.begin(), series.kinds.end(), kind) != series.kinds.end();
}

class HistogramVector {
 public:
  HistogramVector(CallContext& call, std::size_t argument)
      : call_(call), position_(call.position(argument)), argument_(argument), held_(call.memory()) {}

  Result<void> load() {
    TRY(eval::StreamPtr input, call_.vector(argument_));
    TRY(series_, eval::collect(*input, held_));
    for (std::uint32_t s = 0; s < series_.size(); ++s) {
      if (holds(series_[s], Kind::kFloat)) add_bucket(s);
      if (holds(series_[s], Kind::kHistogram)) {
        HistogramGroup& group = group_of(series_[s].labels);
        group.native = s;
        group.drop_name = series_[s].drop_name;
      }
    }
    // Once here instead of at every step.
    for (HistogramGroup& group : groups_) {
      std::stable_sort(group.buckets.begin(), group.buckets.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    return {};
  }

  const std::vector<HistogramGroup>& groups() const { return groups_; }
  std::string_view metric(const HistogramGroup& group) const { return group.labels.get(model::kMetricName); }
  PositionRange position() const { return position_; }

  // The histogram of a group at a step: exactly one of native and classic, or nothing.
  const model::Histogram* native(const HistogramGroup& group, std::size_t step,
                                 std::vector<ClassicBucket>& classic) {
    classic.clear();
    for (const auto& [upper, s] : group.buckets) {
      if (series_[s].kinds[step] == Kind::kFloat) classic.push_back({upper, series_[s].values[step]});
    }
    if (group.native == UINT32_MAX || series_[group.native].kinds[step] != Kind::kHistogram) return nullptr;
    if (classic.empty()) return series_[group.native].histograms[step].get();
    call_.notes().mixed_classic_native(position_, group.labels);
    classic.clear();
    return nullptr;
  }

 private:
  void add_bucket(std::uint32_t s) {
    const model::Labels& labels = series_[s].labels;
    const std::string_view text = labels.get(kBucketLabel);
    const std::optional<double> upper = parse_signed_number(text);
    if (!upper) return call_.notes().bad_bucket_label(position_, text, labels.get(model::kMetricName));
    model::LabelsBuilder builder(labels);
    builder.remove(kBucketLabel);
    HistogramGroup& group = group_of(builder.build());
    group.buckets.emplace_back(*upper, s);
    group.drop_name = group.drop_name || series_[s].drop_name;
  }

  HistogramGroup& group_of(const model::Labels& labels) {
    const auto [at, added] = index_.try_emplace(labels, groups_.size());
    if (added) groups_.emplace_back().labels = labels;
    return groups_[at->second];
  }

  CallContext& call_;
  PositionRange position_;
  std::size_t argument_;
  eval::MemoryHold held_;
  eval::StepMatrix series_;
  std::vector<HistogramGroup> groups_;
  std::unordered_map<model::Labels, std::size_t> index_;
};

void note_nan(HistogramVector& input, const HistogramGroup& group, NanNote note, Notes& notes) {
  if (note == NanNote::kNone) return;
  const std::string_view outcome =
      note == NanNote::kResultIsNan ? "result is NaN" : "result is skewed higher";
  notes.info(input.position(), fmt::format("input to histogram_quantile has NaN observations, {}{}", outcome,
                                           for_metric(input.metric(group))));
}

void note_forced(HistogramVector& input, const HistogramGroup& group, CallContext& call) {
  const bool knows_name = call.state().features().delayed_name_removal;
  call.notes().info(
      input.position(),
      fmt::format("input to histogram_quantile needed to be fixed for monotonicity (see "
                  "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){}",
                  for_metric(knows_name ? input.metric(group) : "")));
}

// One quantile of all groups, appended to `out`; `label` is set to each result if it has a name.
void append_quantiles(HistogramVector& input, CallContext& call, const Scalars& phis, eval::StepMatrix& out) {
  std::vector<ClassicBucket> classic;
  for (const HistogramGroup& group : input.groups()) {
    eval::StepSeries result;
    result.reset(call.steps());
    result.labels = group.labels;
    result.drop_name = group.drop_name;
    for (std::size_t i = 0; i < call.steps(); ++i) {
      if (const model::Histogram* native = input.native(group, i, classic)) {
        const NativeQuantile quantile = native_quantile(phis[i], *native);
        note_nan(input, group, quantile.note, call.notes());
        result.set(i, quantile.value);
      } else if (!classic.empty()) {
        const ClassicQuantile quantile = classic_quantile(phis[i], classic);
        if (quantile.forced_monotonic) note_forced(input, group, call);
        result.set(i, quantile.value);
      }
    }
    if (!result.empty()) out.push_back(std::move(result));
  }
}

void check_quantiles(CallContext& call, std::size_t argument, const Scalars& phis) {
  for (const double phi : phis) {
    if (!(phi >= 0 && phi <= 1)) call.notes().invalid_quantile(call.position(argument), phi);
  }
}

Result<Value> finish(CallContext& call, eval::StepMatrix results) {
  TRY(eval::StreamPtr stream, hold(std::move(results), call.state()));
  TRY(stream, drop_names(std::move(stream), call.state()));
  return Value::of(std::move(stream));
}

Result<Value> histogram_quantile(CallContext& call) {
  TRY(const Scalars phis, call.scalar(0));
  check_quantiles(call, 0, phis);
  HistogramVector input(call, 1);
  TRYV(input.load());
  eval::StepMatrix results;
  append_quantiles(input, call, phis, results);
  return finish(call, std::move(results));
}

// As OpenMetrics writes quantiles: 0.0, 0.25, 1.0.
std::string quantile_text(double phi) {
  std::string text = number_text(phi);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

// The quantile becomes a label; where it changes from step to step, each of its values is a series.
void append_by_quantile(const eval::StepSeries& series, const std::string& label, const Scalars& phis,
                        eval::StepMatrix& results) {
  std::map<std::string, eval::StepSeries> by_text;
  for (std::size_t i = 0; i < phis.size(); ++i) {
    if (!series.present(i)) continue;
    const auto [at, added] = by_text.try_emplace(quantile_text(phis[i]));
    if (added) {
      model::LabelsBuilder builder(series.labels);
      at->second.reset(phis.size());
      at->second.labels = builder.set(label, at->first).build();
      at->second.drop_name = series.drop_name;
    }
    at->second.set(i, series.values[i]);
  }
  for (auto& [text, part] : by_text) results.push_back(std::move(part));
}

Result<Value> histogram_quantiles(CallContext& call) {
  const std::string label = call.text(1);
  HistogramVector input(call, 0);
  TRYV(input.load());
  eval::StepMatrix results;
  for (std::size_t a = 2; a < call.count(); ++a) {
    TRY(const Scalars phis, call.scalar(a));
    check_quantiles(call, a, phis);
    eval::StepMatrix part;
    append_quantiles(input, call, phis, part);
    for (eval::StepSeries& series : part) {
      if (series.labels.has(label)) {
        return fail(Code::kUnprocessable,
                    fmt::format("histogram_quantiles would overwrite a label of its input: \"{}\"", label));
      }
      append_by_quantile(series, label, phis, results);
    }
  }
  return finish(call, std::move(results));
}

Result<Value> histogram_fraction(CallContext& call) {
  TRY(const Scalars lower, call.scalar(0));
  TRY(const Scalars upper, call.scalar(1));
  HistogramVector input(call, 2);
  TRYV(input.load());
  eval::StepMatrix results;
  std::vector<ClassicBucket> classic;
  for (const HistogramGroup& group : input.groups()) {
    eval::StepSeries result;
    result.reset(call.steps());
    result.labels = group.labels;
    result.drop_name = group.drop_name;
    for (std::size_t i = 0; i < call.steps(); ++i) {
      if (const model::Histogram* native = input.native(group, i, classic)) {
        if (std::isnan(native->sum)) {
          call.notes().info(input.position(),
                            "input to histogram_fraction has NaN observations, which are excluded "
                            "from all fractions" +
                                for_metric(input.metric(group)));
        }
        result.set(i, native_fraction(lower[i], upper[i], *native));
      } else if (!classic.empty()) {
        result.set(i, classic_fraction(lower[i], upper[i], classic));
      }
    }
    if (!result.empty()) results.push_back(std::move(result));
  }
  return finish(call, std::move(results));
}

constexpr FunctionSpec kFunctions[] = {
    {.name = "histogram_quantile",
     .arguments = {ValueType::kScalar, ValueType::kVector},
     .min_arguments = 2,
     .max_arguments = 2,
     .doc = "The phi-quantile (0 to 1) of classic histograms (series with a label le) or native histograms.",
     .example = "histogram_quantile(0.99, sum by (le) (rate(request_duration_seconds_bucket[5m])))",
     .code = {.build = histogram_quantile}},
    {.name = "histogram_quantiles",
     .arguments = {ValueType::kVector, ValueType::kString, ValueType::kScalar, ValueType::kScalar},
     .min_arguments = 3,
     .max_arguments = FunctionSpec::kUnlimited,
     .experimental = true,
     .doc = "Several quantiles at once; the quantile becomes a label of the given name.",
     .example = "histogram_quantiles(rate(request_duration_seconds[5m]), \"q\", 0.5, 0.99)",
     .code = {.build = histogram_quantiles}},
    {.name = "histogram_fraction",
     .arguments = {ValueType::kScalar, ValueType::kScalar, ValueType::kVector},
     .min_arguments = 3,
     .max_arguments = 3,
     .doc = "The share of observations between two bounds, of classic or native histograms.",
     .example = "histogram_fraction(0, 0.2, rate(request_duration_seconds[5m]))",
     .code = {.build = histogram_fraction}},
};

}  // namespace

std::span<const FunctionSpec> classic_histogram_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
