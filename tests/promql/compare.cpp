#include "compare.h"

#include <cmath>
#include <limits>

#include "model/histogram_arithmetic.h"
#include "promql/number_text.h"

namespace isobar::promqltest {
namespace {

using promql::QueryResult;
using promql::ResultSeries;
using promql::SequenceValue;

constexpr double kTolerance = 1e-6;

bool nearly_equal(double a, double b) {
  if ((std::isnan(a) && std::isnan(b)) || a == b) return true;
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  constexpr double kSmallest = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kSmallest) return difference < kTolerance * kSmallest;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kTolerance;
}

bool nearly_equal(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return nearly_equal(x, y); });
}

bool nearly_equal(model::Histogram a, model::Histogram b) {
  model::compact(a);
  model::compact(b);
  return a.schema == b.schema && nearly_equal(a.count, b.count) && nearly_equal(a.sum, b.sum) &&
         a.custom_values == b.custom_values && a.zero_threshold == b.zero_threshold &&
         nearly_equal(a.zero_count, b.zero_count) && a.positive_spans == b.positive_spans &&
         a.negative_spans == b.negative_spans && nearly_equal(a.positive_buckets, b.positive_buckets) &&
         nearly_equal(a.negative_buckets, b.negative_buckets);
}

std::string_view hint_text(model::CounterResetHint hint) {
  static constexpr std::string_view kTexts[] = {"unknown", "reset", "not_reset", "gauge"};
  return kTexts[static_cast<std::size_t>(hint)];
}

std::string histogram_text(const model::Histogram& h) {
  return fmt::format("{{{{schema:{} z_bucket_w:{} {} hint:{}}}}}", h.schema, h.zero_threshold,
                     promql::histogram_text(h), hint_text(h.reset_hint));
}

std::string sample_text(const ResultSeries& s, std::size_t i) {
  return s.is_histogram(i) ? histogram_text(*s.histograms[i]) : promql::number_text(s.values[i]);
}
std::string value_text(const SequenceValue& v) {
  if (v.omitted) return "_";
  return v.histogram ? histogram_text(*v.histogram) : promql::number_text(v.value);
}

bool agrees(const SequenceValue& expected, const ResultSeries& actual, std::size_t i) {
  if (!expected.histogram) return !actual.is_histogram(i) && nearly_equal(expected.value, actual.values[i]);
  if (!actual.is_histogram(i) || !nearly_equal(*expected.histogram, *actual.histograms[i])) return false;
  return !expected.hint_given || expected.histogram->reset_hint == actual.histograms[i]->reset_hint;
}

// Whether a series has exactly the expected samples at start, start + step, …
std::string compare_series(const promql::SeriesDescription& expected, const ResultSeries& actual,
                           Timestamp start, Duration step) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const std::int64_t t = start.ms + static_cast<std::int64_t>(i) * step.ms;
    const bool present = next < actual.size() && actual.timestamps[next] == t;
    if (expected.values[i].omitted && !present) continue;
    if (!present || expected.values[i].omitted || !agrees(expected.values[i], actual, next)) {
      return fmt::format("{} at {} ms: expected {}, got {}", actual.labels.to_string(), t,
                         value_text(expected.values[i]), present ? sample_text(actual, next) : "nothing");
    }
    ++next;
  }
  if (next == actual.size()) return "";
  return fmt::format("{}: unexpected sample at {} ms: {}", actual.labels.to_string(), actual.timestamps[next],
                     sample_text(actual, next));
}

std::string compare_all(const EvalCommand& eval, const QueryResult& result, Timestamp start, Duration step) {
  std::map<model::Labels, const promql::SeriesDescription*> expected;
  for (const promql::SeriesDescription& s : eval.series) expected[s.labels] = &s;
  for (std::size_t i = 0; i < result.series.size(); ++i) {
    const ResultSeries& actual = result.series[i];
    const auto at = expected.find(actual.labels);
    if (at == expected.end())
      return "unexpected series " + actual.labels.to_string() + "\n" + result_text(result);
    std::string reason = compare_series(*at->second, actual, start, step);
    if (!reason.empty()) return reason;
    if (eval.ordered && (i >= eval.series.size() || eval.series[i].labels != actual.labels)) {
      return "order differs at " + actual.labels.to_string();
    }
    expected.erase(at);
  }
  for (const auto& [labels, series] : expected) {
    const bool all_gaps =
        std::all_of(series->values.begin(), series->values.end(), [](const auto& v) { return v.omitted; });
    if (!all_gaps) return "missing series " + labels.to_string() + "\n" + result_text(result);
  }
  return "";
}

std::string compare_kind(std::string_view kind, const std::vector<TextExpectation>& expected, bool none,
                         const std::vector<std::string>& actual) {
  if (none && !actual.empty()) return fmt::format("unexpected {}: {}", kind, actual.front());
  for (const TextExpectation& e : expected) {
    const bool found =
        std::any_of(actual.begin(), actual.end(), [&](const std::string& text) { return e.accepts(text); });
    if (!found) {
      return fmt::format("missing {}: {}; got: {}", kind, e.text, actual.empty() ? "none" : actual.front());
    }
  }
  for (const std::string& text : actual) {
    if (expected.empty()) break;
    const bool wanted =
        std::any_of(expected.begin(), expected.end(), [&](const auto& e) { return e.accepts(text); });
    if (!wanted) return fmt::format("unexpected {}: {}", kind, text);
  }
  return "";
}

}  // namespace

std::string compare_error(const EvalCommand& eval, const std::string& message) {
  if (eval.fail.empty()) return "unexpected error: " + message;
  for (const TextExpectation& e : eval.fail) {
    if (!e.accepts(message)) return fmt::format("expected error \"{}\", got \"{}\"", e.text, message);
  }
  return "";
}

std::string compare_annotations(const EvalCommand& eval, const QueryResult& result) {
  // An evaluation that says nothing about annotations must have none; otherwise only what it names is looked
  // at.
  const bool silent = eval.warn.empty() && eval.info.empty() && !eval.no_warn && !eval.no_info;
  std::string reason = compare_kind("warning", eval.warn, eval.no_warn || silent, result.warnings);
  if (reason.empty()) reason = compare_kind("info", eval.info, eval.no_info || silent, result.infos);
  return reason;
}

std::string compare_result(const EvalCommand& eval, const QueryResult& result) {
  using promql::ValueType;
  if (eval.text) {
    if (result.type == ValueType::kString && result.text == *eval.text) return "";
    return "expected string " + *eval.text + ", got " + result_text(result);
  }
  if (eval.scalar) {
    if (result.type == ValueType::kScalar && nearly_equal(*eval.scalar, result.series[0].values[0]))
      return "";
    return fmt::format("expected scalar {}, got {}", promql::number_text(*eval.scalar), result_text(result));
  }
  if (eval.range_vector) {
    if (result.type != ValueType::kMatrix) return "expected a range vector, got " + result_text(result);
    return compare_all(eval, result, eval.range_vector->start, eval.range_vector->step);
  }
  const ValueType wanted = eval.instant ? ValueType::kVector : ValueType::kMatrix;
  if (result.type != wanted) return "result has another type: " + result_text(result);
  return compare_all(eval, result, eval.start, eval.step);
}

std::string result_text(const QueryResult& result) {
  if (result.type == promql::ValueType::kString) return "string " + result.text;
  std::string out;
  for (const ResultSeries& s : result.series) {
    out += "      " + s.labels.to_string();
    for (std::size_t i = 0; i < s.size(); ++i)
      out += fmt::format(" {}@{}", sample_text(s, i), s.timestamps[i]);
    out += "\n";
  }
  return out.empty() ? "no series" : out;
}

}  // namespace isobar::promqltest
