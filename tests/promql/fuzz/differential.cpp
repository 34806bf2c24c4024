#include "differential.h"

#include <fmt/format.h>

#include "model/sample.h"
#include "naive_answer.h"
#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/number_text.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "sys/task_pool.h"

namespace isobar::promqltest {
namespace {

using promql::as;
using promql::ExprKind;
using promql::QueryResult;
using promql::ResultSeries;
using promql::ValueType;

// `helped`: as many buckets as there are series, on two threads.
promql::EngineOptions engine_options(bool helped) {
  static sys::TaskPool helpers("query-help", 1);
  promql::EngineOptions options;
  if (helped) options.helpers = &helpers;
  options.bucket_work = 1;
  options.features = promql::Features::all();
  return options;
}

struct Scope {
  telemetry::MemoryBudget budget{"query", 1 << 30, "query.max_memory"};
  Cancellation cancellation;
  model::Warnings warnings;
  model::ReadContext context{budget, cancellation, warnings};
};

bool agree(double actual, const naive::Num& expected) {
  const double v = expected.number();
  if (std::isnan(v) || std::isnan(actual))
    return std::isnan(v) == std::isnan(actual) || std::isinf(expected.doubt);
  if (v == actual || std::isinf(expected.doubt)) return true;
  if (std::isinf(v) || std::isinf(actual)) return false;
  const long double difference = std::fabs(static_cast<long double>(actual) - expected.value);
  return difference <= 1e-12L * std::fabs(expected.value) || difference <= expected.doubt;
}

bool agree(const std::map<int, naive::Num>& actual, const std::map<int, naive::Num>& expected) {
  // A bucket may be named by one side only if it counts next to nothing.
  std::map<int, naive::Num> all = expected;
  for (const auto& [index, count] : actual) all.try_emplace(index, 0.0);
  for (const auto& [index, count] : all) {
    const auto at = actual.find(index);
    if (!agree(at == actual.end() ? 0 : at->second.number(), count)) return false;
  }
  return true;
}

bool agree(const model::Histogram& actual, const naive::Hist& expected) {
  const naive::Hist h = naive::from_model(actual);
  return h.schema == expected.schema && h.bounds == expected.bounds &&
         h.zero_threshold == expected.zero_threshold && h.hint == expected.hint &&
         agree(h.zero_count.number(), expected.zero_count) && agree(h.count.number(), expected.count) &&
         agree(h.sum.number(), expected.sum) && agree(h.positive, expected.positive) &&
         agree(h.negative, expected.negative);
}

bool agree(const ResultSeries& s, std::size_t i, const naive::Cell& expected) {
  if (s.is_histogram(i) != (expected.histogram != nullptr)) return false;
  return expected.histogram ? agree(*s.histograms[i], *expected.histogram)
                            : agree(s.values[i], expected.number);
}

std::string text_of(const model::Histogram& h) {
  return fmt::format("{} schema:{} zero:{} hint:{}", promql::histogram_text(h), h.schema, h.zero_threshold,
                     static_cast<int>(h.reset_hint));
}
std::string text_of(const ResultSeries& s, std::size_t i) {
  return s.is_histogram(i) ? text_of(*s.histograms[i]) : fmt::format("{}", s.values[i]);
}
std::string text_of(const naive::Cell& c) {
  if (c.histogram) return text_of(naive::to_model(*c.histogram));
  return fmt::format("{} ± {:.3g}", c.number.number(), static_cast<double>(c.number.doubt));
}

// Whether the order of an instant result is asked for.
bool is_ordered(const promql::Expr& expr) {
  const promql::Expr& e = promql::unwrap(expr);
  if (e.kind == ExprKind::kCall) return as<promql::CallExpr>(e).function->name.starts_with("sort");
  if (e.kind != ExprKind::kAggregate) return false;
  const std::string_view name = as<promql::AggregateExpr>(e).aggregator->name;
  return name == "topk" || name == "bottomk";
}

std::string compare_series(const ResultSeries& s, const std::map<std::int64_t, naive::Cell>& expected) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto at = expected.find(s.timestamps[i]);
    if (at == expected.end())
      return fmt::format("{} at {}: unexpected {}", s.labels.to_string(), s.timestamps[i], text_of(s, i));
    if (!agree(s, i, at->second))
      return fmt::format("{} at {}: engine {}, naive {}", s.labels.to_string(), s.timestamps[i],
                         text_of(s, i), text_of(at->second));
  }
  if (s.size() == expected.size()) return "";
  return fmt::format("{}: engine has {} samples, naive {}", s.labels.to_string(), s.size(), expected.size());
}

// Equal values may stand in either order, so values are compared place by place.
std::string compare_order(const QueryResult& result, const NaiveAnswer& answer) {
  for (std::size_t i = 0; i < result.series.size(); ++i) {
    const naive::Cell& expected = answer.series.at(answer.order[i]).begin()->second;
    if (!agree(result.series[i], 0, expected)) return fmt::format("order differs at place {}", i);
  }
  return "";
}

void parts_of(const promql::Expr& expr, std::vector<const promql::Expr*>& out) {
  out.push_back(&expr);
  for (const promql::Expr* child : promql::children(expr)) parts_of(*child, out);
}

// A range query evaluates a subquery once, from the first window to the last, and notes what is between them
// too.
bool has_subquery(const promql::Expr& expr) {
  std::vector<const promql::Expr*> parts;
  parts_of(expr, parts);
  return std::any_of(parts.begin(), parts.end(),
                     [](const promql::Expr* e) { return e->kind == ExprKind::kSubquery; });
}

// Without buckets resets are found between all samples that are read and not by what the storage says of
// each, which changes what is said about them. Prometheus does so too.
bool reads_without_buckets(const std::string& query) {
  return query.find("histogram_count(") != std::string::npos ||
         query.find("histogram_sum(") != std::string::npos ||
         query.find("histogram_avg(") != std::string::npos;
}

std::string compare(const QueryResult& result, const NaiveAnswer& answer, bool ordered, bool notes) {
  if (answer.type == ValueType::kString) return result.text == answer.text ? "" : "strings differ";
  for (const ResultSeries& s : result.series) {
    const auto at = answer.series.find(s.labels);
    if (at == answer.series.end()) return "unexpected series " + s.labels.to_string();
    if (std::string reason = compare_series(s, at->second); !reason.empty()) return reason;
  }
  if (result.series.size() < answer.series.size()) {
    for (const auto& [labels, points] : answer.series) {
      const bool found = std::any_of(result.series.begin(), result.series.end(),
                                     [&](const auto& s) { return s.labels == labels; });
      if (!found) return "missing series " + labels.to_string();
    }
  }
  if (result.series.size() != answer.series.size()) return "a series came twice";
  if (ordered) {
    if (std::string reason = compare_order(result, answer); !reason.empty()) return reason;
  }
  if (!notes) return "";
  if (result.warnings.empty() == answer.log.warned)
    return result.warnings.empty() ? "no warning" : "unexpected warning: " + result.warnings.front();
  if (result.infos.empty() == answer.log.informed && !answer.log.order_informs)
    return result.infos.empty() ? "no info" : "unexpected info: " + result.infos.front();
  return "";
}

}  // namespace

Differential::Differential(MemoryReader& reader, bool helped) : reader_(reader), engine_(engine_options(helped)) {
  Scope scope;
  const model::SelectRequest everything{
      .tenants = {"test"}, .min = Timestamp{INT64_MIN}, .max = Timestamp{INT64_MAX}};
  auto set = reader.select(everything, scope.context);
  std::vector<std::shared_ptr<const model::Series>> batch;
  while ((*set)->next(batch) && !batch.empty()) {
    for (const auto& series : batch) {
      model::SampleColumns columns;
      (void)series->read(everything.min, everything.max, columns);
      naive::Series out{series->labels(), {}};
      for (std::size_t i = 0; i < columns.size(); ++i) {
        naive::Point p{.time = columns.timestamps[i], .stale = model::is_stale_nan(columns.values[i])};
        if (!columns.start_timestamps.empty()) p.start = columns.start_timestamps[i];
        if (columns.is_histogram(i)) {
          p.cell.histogram = std::make_shared<naive::Hist>(naive::from_model(*columns.histograms[i]));
        } else {
          p.cell.number = columns.values[i];
        }
        out.points.push_back(std::move(p));
      }
      data_.push_back(std::move(out));
    }
  }
}

Result<QueryResult> Differential::engine_answer(const Question& q) {
  Scope scope;
  const std::vector<std::string> tenants{"test"};
  if (q.times.step == 0)
    return engine_.instant(reader_, scope.context, tenants, q.query, Timestamp{q.times.start});
  return engine_.range(reader_, scope.context, tenants, q.query, Timestamp{q.times.start},
                       Timestamp{q.times.end}, Duration::millis(q.times.step));
}

Verdict Differential::ask(const Question& q) {
  const auto expr = promql::parse(q.query, engine_.options().features);
  const Result<QueryResult> result = engine_answer(q);
  if (!expr) return {result ? Verdict::Kind::kDiffer : Verdict::Kind::kAgree, "does not parse", true, 0};
  naive::Log log;
  const Result<NaiveAnswer> answer = naive_answer(data_, **expr, q.times, log);
  if (!answer && answer.error().code == Code::kNotFound)
    return {Verdict::Kind::kDiffer, answer.error().message, false, 0};
  // Where buckets are not read, resets of gauges, which carry no hint, are found by their counts alone.
  const bool gauges = reads_without_buckets(q.query) && q.query.find("spread") != std::string::npos;
  if (log.doubts.undecided || gauges) return {Verdict::Kind::kUndecided, "", false, 0};
  if (!result && !answer) return {Verdict::Kind::kAgree, "", true, 0};
  // Also what fails in a subquery may lie between the windows.
  if (!result && q.times.step != 0 && has_subquery(**expr)) return {Verdict::Kind::kUndecided, "", false, 0};
  if (!result) return {Verdict::Kind::kDiffer, "only the engine failed: " + result.error().message, false, 0};
  if (!answer)
    return {Verdict::Kind::kDiffer, "only the naive evaluator failed: " + answer.error().message, false, 0};
  const bool notes = !reads_without_buckets(q.query) && (q.times.step == 0 || !has_subquery(**expr));
  const bool ordered = q.times.step == 0 && is_ordered(**expr);
  std::string reason = compare(*result, *answer, ordered, notes);
  std::size_t samples = 0;
  for (const ResultSeries& s : result->series) samples += s.size();
  return {reason.empty() ? Verdict::Kind::kAgree : Verdict::Kind::kDiffer, std::move(reason), false, samples};
}

std::string Differential::smallest_part(const Question& q) {
  const auto expr = promql::parse(q.query, engine_.options().features);
  if (!expr) return q.query;
  std::vector<const promql::Expr*> parts;
  parts_of(**expr, parts);
  std::string smallest = q.query;
  for (const promql::Expr* part : parts) {
    const bool askable = part->type == ValueType::kVector || part->type == ValueType::kScalar;
    Question smaller{promql::print(*part), q.times};
    if (!askable || smaller.query.size() >= smallest.size()) continue;
    if (ask(smaller).kind == Verdict::Kind::kDiffer) smallest = smaller.query;
  }
  return smallest;
}

std::string Differential::explain(const Question& q) {
  std::string out = "  engine:\n";
  const Result<QueryResult> result = engine_answer(q);
  if (!result) {
    out += "    " + result.error().message + "\n";
  } else {
    for (const ResultSeries& s : result->series) {
      out += "    " + s.labels.to_string();
      for (std::size_t i = 0; i < s.size(); ++i) out += fmt::format(" {}@{}", text_of(s, i), s.timestamps[i]);
      out += "\n";
    }
    for (const std::string& w : result->warnings) out += "    " + w + "\n";
    for (const std::string& w : result->infos) out += "    " + w + "\n";
  }
  out += "  naive:\n";
  const auto expr = promql::parse(q.query, engine_.options().features);
  if (!expr) return out + "    does not parse\n";
  naive::Log log;
  const Result<NaiveAnswer> answer = naive_answer(data_, **expr, q.times, log);
  if (!answer) return out + "    " + answer.error().message + "\n";
  for (const auto& [labels, points] : answer->series) {
    out += "    " + labels.to_string();
    for (const auto& [t, cell] : points) out += fmt::format(" {}@{}", text_of(cell), t);
    out += "\n";
  }
  return out + fmt::format("    warned {}, informed {}\n", log.warned, log.informed);
}

std::string Differential::samples_of(const std::string& query) const {
  std::string out;
  for (const naive::Series& s : data_) {
    if (query.find(s.labels.get(model::kMetricName)) == std::string::npos) continue;
    out += "  " + s.labels.to_string();
    for (const naive::Point& p : s.points) {
      out += fmt::format(" {}@{}", p.stale ? "stale" : text_of(p.cell), p.time);
      if (p.start != 0) out += fmt::format("(from {})", p.start);
    }
    out += "\n";
  }
  return out;
}

}  // namespace isobar::promqltest
