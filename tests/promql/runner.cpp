#include "runner.h"

#include <cmath>

#include "classic_to_nhcb.h"
#include "compare.h"
#include "memory_reader.h"
#include "promql/engine.h"
#include "promql/functions.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "script.h"
#include "sys/task_pool.h"

namespace isobar::promqltest {
namespace {

// `helped`: as many buckets as there are series, on two threads.
promql::EngineOptions engine_options(bool helped = false) {
  static sys::TaskPool helpers("query-help", 1);
  promql::EngineOptions options;
  if (helped) options.helpers = &helpers;
  options.bucket_work = 1;
  options.features = promql::Features::all();
  options.features.delayed_name_removal = true;
  options.features.type_and_unit_labels = true;
  return options;
}

// Fixes the time of every selector and subquery that has none of its own. Selectors inside a subquery follow
// it. Answers whether the result is then the same at all times.
bool fix_time(promql::Expr& expr, Timestamp t) {
  using promql::as;
  using promql::ExprKind;
  const auto fix = [&](promql::TimeShift& shift) {
    if (shift.at != promql::AtAnchor::kNone) return;
    shift.at = promql::AtAnchor::kTime;
    shift.at_time = t;
  };
  switch (expr.kind) {
    case ExprKind::kVectorSelector:
      fix(as<promql::VectorSelector>(expr).shift);
      return true;
    case ExprKind::kMatrixSelector:
      fix(as<promql::MatrixSelector>(expr).selector->shift);
      return true;
    case ExprKind::kSubquery:
      fix(as<promql::SubqueryExpr>(expr).shift);
      return true;
    case ExprKind::kParen:
      return fix_time(*as<promql::ParenExpr>(expr).inner, t);
    case ExprKind::kUnary:
      return fix_time(*as<promql::UnaryExpr>(expr).inner, t);
    case ExprKind::kBinary: {
      auto& binary = as<promql::BinaryExpr>(expr);
      const bool left = fix_time(*binary.left, t);
      return fix_time(*binary.right, t) && left;
    }
    case ExprKind::kAggregate: {
      auto& aggregate = as<promql::AggregateExpr>(expr);
      const bool parameter = !aggregate.parameter || fix_time(*aggregate.parameter, t);
      return fix_time(*aggregate.inner, t) && parameter;
    }
    case ExprKind::kCall: {
      auto& call = as<promql::CallExpr>(expr);
      const std::string_view name = call.function->name;
      // These answer something about the query's own times; info() finds its info series by itself.
      bool same = !call.function->uses_step_time && name != "start" && name != "end" && name != "range";
      for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        if (name == "info" && i == 1) continue;
        same = fix_time(*call.arguments[i], t) && same;
      }
      return same;
    }
    default:
      return true;
  }
}

// The query with its time fixed, or nothing if its result depends on when it is asked anyway.
std::string query_at(const std::string& query, Timestamp t) {
  auto expr = promql::parse(query, engine_options().features);
  if (!expr || !fix_time(**expr, t)) return "";
  return promql::print(**expr);
}

class Runner {
 public:
  explicit Runner(bool reruns) : engine_(engine_options(reruns)), reruns_(reruns) {}

  void run(const Command& command, ScriptResult& result) {
    if (std::holds_alternative<ClearCommand>(command.what)) {
      reader_.clear();
    } else if (const auto* load = std::get_if<LoadCommand>(&command.what)) {
      run_load(*load);
    } else {
      const auto& eval = std::get<EvalCommand>(command.what);
      const std::string reason = run_eval(eval);
      count(eval, eval.query, reason, result);
      if (reason.empty() && reruns_ && can_rerun(eval)) rerun(eval, result);
    }
  }

 private:
  static void count(const EvalCommand& eval, const std::string& query, const std::string& reason,
                    ScriptResult& result) {
    if (reason.empty()) {
      ++result.passed;
    } else {
      result.failures.push_back({eval.line, query, reason});
    }
  }

  // Only results whose every sample is at the evaluation time, and whose order does not matter.
  static bool can_rerun(const EvalCommand& eval) {
    // An instant query has no range and no step, a range query has.
    if (eval.query.find("range()") != std::string::npos || eval.query.find("step()") != std::string::npos)
      return false;
    return eval.instant && eval.fail.empty() && !eval.ordered && !eval.text && !eval.range_vector &&
           !eval.scalar;
  }

  void rerun(const EvalCommand& eval, ScriptResult& result) {
    count(eval, eval.query + "  (as a range query)", run_as_range(eval), result);
    const std::string fixed = query_at(eval.query, eval.start);
    if (fixed.empty()) return;
    const std::int64_t t = eval.start.ms;
    for (const std::int64_t other : {-10 * t, std::int64_t{0}, t / 5, t, 10 * t}) {
      EvalCommand moved = eval;
      moved.query = fixed;
      moved.start = moved.end = Timestamp{other};
      moved.warn.clear();
      count(eval, fmt::format("{}  (at {} ms)", fixed, other), run_eval(moved, false), result);
    }
  }

  // The middle one of three steps.
  std::string run_as_range(const EvalCommand& eval) {
    constexpr Duration kMinute = Duration::minutes(1);
    const Scope scope;
    auto result = engine_.range(reader_, scope.context, scope.tenants, eval.query, eval.start - kMinute,
                                eval.start + kMinute, kMinute);
    if (!result) return "unexpected error: " + result.error().message;
    std::vector<promql::ResultSeries> middle;
    for (const promql::ResultSeries& s : result->series) {
      const auto at = std::find(s.timestamps.begin(), s.timestamps.end(), eval.start.ms);
      if (at == s.timestamps.end()) continue;
      const auto i = static_cast<std::size_t>(at - s.timestamps.begin());
      middle.push_back({s.labels, {s.timestamps[i]}, {s.values[i]}, {}});
      if (!s.histograms.empty()) middle.back().histograms = {s.histograms[i]};
    }
    result->series = std::move(middle);
    result->type = promql::ValueType::kVector;
    return compare_result(eval, *result);
  }

  void run_load(const LoadCommand& load) {
    // Of two lines for one series within a load, the later one counts.
    std::map<model::Labels, const promql::SeriesDescription*> values;
    std::map<model::Labels, const promql::SeriesDescription*> starts;
    for (const promql::SeriesDescription& s : load.series)
      (s.is_start_timestamps ? starts : values)[s.labels] = &s;
    for (const auto& [labels, series] : values) {
      const auto start = starts.find(labels);
      append(*series, start == starts.end() ? nullptr : start->second, load.step);
    }
    if (!load.with_nhcb) return;
    for (const auto& [labels, samples] : classic_to_nhcb(load)) {
      for (const auto& [t, histogram] : samples) reader_.append(labels, t, histogram, 0);
    }
  }

  void append(const promql::SeriesDescription& series, const promql::SeriesDescription* starts,
              Duration step) {
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      const promql::SequenceValue& v = series.values[i];
      if (v.omitted) continue;
      const std::int64_t t = static_cast<std::int64_t>(i) * step.ms;
      std::int64_t start = 0;
      if (starts != nullptr && i < starts->starts.size() && starts->starts[i] != promql::kNoStart) {
        start = t + starts->starts[i];
      }
      if (v.histogram) {
        reader_.append(series.labels, t, *v.histogram, start);
      } else {
        reader_.append(series.labels, t, v.value, start);
      }
    }
  }

  std::string run_eval(const EvalCommand& eval, bool with_annotations = true) {
    const Scope scope;
    const auto result = eval.instant
                            ? engine_.instant(reader_, scope.context, scope.tenants, eval.query, eval.start)
                            : engine_.range(reader_, scope.context, scope.tenants, eval.query, eval.start,
                                            eval.end, eval.step);
    const std::uint64_t held = scope.budget.used_bytes();
    if (held != 0) return fmt::format("{} bytes of the budget were not returned", held);
    if (!result) return compare_error(eval, result.error().message);
    if (!eval.fail.empty()) return "expected an error, got a result:\n" + result_text(*result);
    std::string reason = with_annotations ? compare_annotations(eval, *result) : "";
    if (reason.empty()) reason = compare_result(eval, *result);
    return reason;
  }

  // What one query runs in.
  struct Scope {
    mutable telemetry::MemoryBudget budget{"query", 1 << 30, "query.max_memory"};
    Cancellation cancellation;
    mutable model::Warnings warnings;
    model::ReadContext context{budget, cancellation, warnings};
    std::vector<std::string> tenants{"test"};
  };

  promql::Engine engine_;
  MemoryReader reader_;
  bool reruns_;
};

}  // namespace

Result<ScriptResult> run_script(std::string_view text, bool reruns) {
  TRY(const std::vector<Command> commands, parse_script(text));
  Runner runner(reruns);
  ScriptResult result;
  for (const Command& command : commands) runner.run(command, result);
  return result;
}

}  // namespace isobar::promqltest
