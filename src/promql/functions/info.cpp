// info(): adds the data labels of info series (target_info by default) to series with the same identifying
// labels, instance and job. Info series are looked up at the time the samples themselves were read at, so
// offset and @ of the argument hold for them too. Source:
// prometheus.io/docs/prometheus/latest/querying/functions, "info".
#include <re2/re2.h>

#include "eval/grouping.h"
#include "promql/evaluation.h"
#include "promql/functions/families.h"
#include "promql/series_source.h"

namespace isobar::promql {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
const std::vector<std::string>& identifying_labels() {
  static const std::vector<std::string> names{"instance", "job"};
  return names;
}

// When the samples of an expression are read, relative to the step: at a fixed time or so much before it.
struct ReadTime {
  bool found = false;
  bool fixed = false;
  std::int64_t fixed_time = 0;
  std::int64_t offset = 0;

  void apply(const TimeShift& shift) {
    if (fixed) return;
    offset += shift.offset.value.ms;
    if (shift.at == AtAnchor::kNone) return;
    fixed = true;
    fixed_time = shift.at_time.ms - offset;
  }
  std::int64_t at(std::int64_t step) const { return fixed ? fixed_time : step - offset; }
};

// That of the first selector found.
ReadTime read_time_of(const Expr& expr) {
  const Expr& e = unwrap(expr);
  ReadTime time;
  switch (e.kind) {
    case ExprKind::kVectorSelector:
      time.found = true;
      time.apply(as<VectorSelector>(e).shift);
      return time;
    case ExprKind::kMatrixSelector:
      return read_time_of(*as<MatrixSelector>(e).selector);
    case ExprKind::kSubquery:
      time = read_time_of(*as<SubqueryExpr>(e).inner);
      time.apply(as<SubqueryExpr>(e).shift);
      return time;
    case ExprKind::kUnary:
      return read_time_of(*as<UnaryExpr>(e).inner);
    case ExprKind::kAggregate:
      return read_time_of(*as<AggregateExpr>(e).inner);
    case ExprKind::kBinary:
      time = read_time_of(*as<BinaryExpr>(e).left);
      return time.found ? time : read_time_of(*as<BinaryExpr>(e).right);
    case ExprKind::kCall:
      for (const ExprPtr& argument : as<CallExpr>(e).arguments) {
        time = read_time_of(*argument);
        if (time.found) return time;
      }
      return time;
    default:
      return time;
  }
}

// The second argument, apart: which metrics are info metrics, and which labels are wanted.
struct InfoMatchers {
  std::vector<model::Matcher> names;
  std::vector<model::Matcher> data;

  bool is_info_metric(std::string_view name) const {
    return std::all_of(names.begin(), names.end(), [&](const model::Matcher& m) { return m.matches(name); });
  }
  bool wants(std::string_view label) const {
    return data.empty() ||
           std::any_of(data.begin(), data.end(), [&](const model::Matcher& m) { return m.name() == label; });
  }
  bool needs_info_series() const {
    return std::any_of(data.begin(), data.end(), [](const model::Matcher& m) { return !m.matches_empty(); });
  }
};

Result<InfoMatchers> split_matchers(CallContext& call) {
  InfoMatchers matchers;
  if (call.count() > 1) {
    for (const model::Matcher& m : as<VectorSelector>(unwrap(call.argument(1))).matchers) {
      (m.name() == model::kMetricName ? matchers.names : matchers.data).push_back(m);
    }
  }
  const std::string name(model::kMetricName);
  const bool positive =
      std::any_of(matchers.names.begin(), matchers.names.end(), [](const model::Matcher& m) {
        return m.type() == model::MatchType::kEqual || m.type() == model::MatchType::kRegex;
      });
  if (matchers.names.empty()) {
    matchers.names.push_back(model::Matcher::equal(name, "target_info"));
  } else if (!positive) {
    TRY(model::Matcher any_info, model::Matcher::create(model::MatchType::kRegex, name, ".+_info"));
    matchers.names.push_back(std::move(any_info));
  }
  return matchers;
}

// The newest info series of one info metric and one set of identifying labels, over the steps.
struct InfoSlot {
  std::vector<std::int64_t> times;
  std::vector<std::uint32_t> series;
};

class InfoSeries {
 public:
  InfoSeries(CallContext& call, const InfoMatchers& matchers, const ReadTime& time)
      : call_(call), matchers_(matchers), time_(time), hold_(call.memory()) {}

  Result<void> load(const eval::StepMatrix& base) {
    VectorSelector selector;
    selector.matchers = matchers_.names;
    selector.matchers.insert(selector.matchers.end(), matchers_.data.begin(), matchers_.data.end());
    for (const std::string& name : identifying_labels()) {
      TRY(model::Matcher matcher, values_matcher(name, base));
      selector.matchers.push_back(std::move(matcher));
    }
    SourceRequest request;
    request.min = time_.at(call_.grid().at(0)) - call_.state().lookback.ms + 1;
    request.max = time_.at(call_.grid().last());
    request.function = "info";
    request.reach_out = true;
    SeriesSource source(call_.state(), selector, request);
    model::SampleColumns columns;
    while (true) {
      TRY(const bool more, source.next(columns));
      if (!more) return {};
      if (columns.size() > 0) TRYV(add(source.labels(), columns));
    }
  }

  // The slots of all info metrics for a series' identifying labels.
  std::vector<const InfoSlot*> slots_of(const model::Labels& base) const {
    std::vector<const InfoSlot*> found;
    const model::Labels identity = eval::only_labels(base, identifying_labels());
    if (identity.empty()) return found;
    for (const auto& [metric, slots] : by_metric_) {
      const auto at = slots.find(identity);
      if (at != slots.end()) found.push_back(&at->second);
    }
    return found;
  }
  const model::Labels& labels(std::uint32_t series) const { return labels_[series]; }

 private:
  // label=~"a|b|…" over the values that the base series have.
  static Result<model::Matcher> values_matcher(const std::string& name, const eval::StepMatrix& base) {
    std::vector<std::string> values;
    for (const eval::StepSeries& s : base) values.emplace_back(s.labels.get(name));
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::string pattern;
    for (std::size_t i = 0; i < values.size(); ++i)
      pattern += (i > 0 ? "|" : "") + re2::RE2::QuoteMeta(values[i]);
    return model::Matcher::create(model::MatchType::kRegex, name, pattern);
  }

  Result<void> add(const model::Labels& labels, const model::SampleColumns& columns) {
    const auto series = static_cast<std::uint32_t>(labels_.size());
    labels_.push_back(labels);
    const std::size_t steps = call_.steps();
    InfoSlot& slot = by_metric_[std::string(labels.get(model::kMetricName))]
                               [eval::only_labels(labels, identifying_labels())];
    if (slot.series.empty()) {
      TRYV(hold_.grow(steps * 12, steps));
      slot.times.assign(steps, INT64_MIN);
      slot.series.assign(steps, kNone);
    }
    std::size_t after = 0;
    for (std::size_t i = 0; i < steps; ++i) {
      const std::int64_t at = time_.at(call_.grid().at(i));
      while (after < columns.size() && columns.timestamps[after] <= at) ++after;
      if (after == 0) continue;
      const std::size_t found = after - 1;
      const std::int64_t t = columns.timestamps[found];
      const bool recent = t > at - call_.state().lookback.ms || columns.goes_on_after(found);
      if (!recent || model::is_stale_nan(columns.values[found])) continue;
      if (columns.is_histogram(found)) return fail(Code::kUnprocessable, "info sample should be float");
      TRYV(offer(slot, i, t, series));
    }
    return {};
  }

  // The newer sample wins; two of the same time contradict each other.
  Result<void> offer(InfoSlot& slot, std::size_t step, std::int64_t t, std::uint32_t series) {
    if (slot.series[step] != kNone && slot.times[step] == t) {
      return fail(Code::kUnprocessable,
                  fmt::format("found duplicate series for info metric: existing {} @ {}, new {} @ {}",
                              labels_[slot.series[step]].to_string(), t, labels_[series].to_string(), t));
    }
    if (slot.series[step] == kNone || slot.times[step] < t) {
      slot.series[step] = series;
      slot.times[step] = t;
    }
    return {};
  }

  CallContext& call_;
  const InfoMatchers& matchers_;
  const ReadTime& time_;
  eval::MemoryHold hold_;
  std::vector<model::Labels> labels_;
  std::map<std::string, std::unordered_map<model::Labels, InfoSlot>> by_metric_;
};

// The series' labels and those of its info series; the series' own win, info series must not contradict each
// other.
Result<model::Labels> enriched(const model::Labels& base, const std::vector<std::uint32_t>& info,
                               const InfoSeries& series, const InfoMatchers& matchers) {
  model::LabelsBuilder builder(base);
  for (const std::uint32_t i : info) {
    if (i == kNone) continue;
    for (const model::LabelView& label : series.labels(i)) {
      if (label.name == model::kMetricName || !matchers.wants(label.name) || base.has(label.name)) continue;
      const std::string_view known = builder.get(label.name);
      if (!known.empty() && known != label.value) {
        return fail(Code::kUnprocessable, fmt::format("conflicting label: {}", label.name));
      }
      builder.set(label.name, label.value);
    }
  }
  return builder.build();
}

// Splits one series by the info series that hold at its steps.
Result<void> enrich(const eval::StepSeries& base, const InfoSeries& series, const InfoMatchers& matchers,
                    eval::LabelMerger& merger) {
  const std::vector<const InfoSlot*> slots = series.slots_of(base.labels);
  std::map<std::vector<std::uint32_t>, eval::StepSeries> parts;
  std::vector<std::uint32_t> info(slots.size());
  for (std::size_t i = 0; i < base.steps(); ++i) {
    if (!base.present(i)) continue;
    bool any = false;
    for (std::size_t s = 0; s < slots.size(); ++s) {
      info[s] = slots[s]->series[i];
      any = any || info[s] != kNone;
    }
    if (!any && matchers.needs_info_series()) continue;
    eval::StepSeries& part = parts[info];
    if (part.steps() == 0) {
      part.reset(base.steps());
      part.drop_name = base.drop_name;
      TRY(part.labels, enriched(base.labels, info, series, matchers));
    }
    part.set(i, base.cell(i));
  }
  for (auto& [key, part] : parts) TRYV(merger.add(std::move(part)));
  return {};
}

Result<Value> info(CallContext& call) {
  TRY(const InfoMatchers matchers, split_matchers(call));
  const ReadTime time = read_time_of(call.argument(0));
  TRY(eval::StreamPtr input, call.vector(0));
  eval::MemoryHold held(call.memory());
  TRY(eval::StepMatrix base, eval::collect(*input, held));
  InfoSeries series(call, matchers, time);
  if (!base.empty()) TRYV(series.load(base));
  eval::LabelMerger merger(call.memory(), eval::kSameLabelset);
  for (eval::StepSeries& s : base) {
    if (matchers.is_info_metric(s.labels.get(model::kMetricName))) {
      TRYV(merger.add(std::move(s)));
    } else {
      TRYV(enrich(s, series, matchers, merger));
    }
  }
  TRY(eval::StreamPtr stream, hold(merger.take(), call.state()));
  return Value::of(std::move(stream));
}

constexpr FunctionSpec kFunctions[] = {
    {.name = "info",
     .arguments = {ValueType::kVector, ValueType::kVector},
     .min_arguments = 1,
     .max_arguments = 2,
     .experimental = true,
     .doc = "Adds the labels of info series with the same instance and job; a label selector chooses info "
            "metrics and "
            "labels.",
     .example = "info(rate(http_requests_total[5m]), {k8s_cluster_name=~\".+\"})",
     .code = {.build = info}},
};

}  // namespace

std::span<const FunctionSpec> info_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
