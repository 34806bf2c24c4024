#include "runner.h"

#include <cmath>

#include "classic_to_nhcb.h"
#include "compare.h"
#include "memory_reader.h"
#include "promql/engine.h"
#include "script.h"

namespace isobar::promqltest {
namespace {

promql::EngineOptions engine_options() {
  promql::EngineOptions options;
  options.features = promql::Features::all();
  options.features.delayed_name_removal = true;
  options.features.type_and_unit_labels = true;
  return options;
}

class Runner {
 public:
  Runner() : engine_(engine_options()) {}

  void run(const Command& command, ScriptResult& result) {
    if (std::holds_alternative<ClearCommand>(command.what)) {
      reader_.clear();
    } else if (const auto* load = std::get_if<LoadCommand>(&command.what)) {
      run_load(*load);
    } else {
      const auto& eval = std::get<EvalCommand>(command.what);
      const std::string reason = run_eval(eval);
      if (reason.empty()) {
        ++result.passed;
      } else {
        result.failures.push_back({eval.line, eval.query, reason});
      }
    }
  }

 private:
  void run_load(const LoadCommand& load) {
    // Of two lines for one series within a load, the later one counts.
    std::map<model::Labels, const promql::SeriesDescription*> values;
    std::map<model::Labels, const promql::SeriesDescription*> starts;
    for (const promql::SeriesDescription& s : load.series) (s.is_start_timestamps ? starts : values)[s.labels] = &s;
    for (const auto& [labels, series] : values) {
      const auto start = starts.find(labels);
      append(*series, start == starts.end() ? nullptr : start->second, load.step);
    }
    if (!load.with_nhcb) return;
    for (const auto& [labels, samples] : classic_to_nhcb(load)) {
      for (const auto& [t, histogram] : samples) reader_.append(labels, t, histogram, 0);
    }
  }

  void append(const promql::SeriesDescription& series, const promql::SeriesDescription* starts, Duration step) {
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

  std::string run_eval(const EvalCommand& eval) {
    telemetry::MemoryBudget budget("query", 1 << 30, "query.max_memory");
    const Cancellation cancellation;
    model::Warnings warnings;
    const model::ReadContext context{budget, cancellation, warnings};
    const std::vector<std::string> tenants{"test"};
    const auto result =
        eval.instant ? engine_.instant(reader_, context, tenants, eval.query, eval.start)
                     : engine_.range(reader_, context, tenants, eval.query, eval.start, eval.end, eval.step);
    if (budget.used_bytes() != 0) return fmt::format("{} bytes of the budget were not returned", budget.used_bytes());
    if (!result) return compare_error(eval, result.error().message);
    if (!eval.fail.empty()) return "expected an error, got a result:\n" + result_text(*result);
    std::string reason = compare_annotations(eval, *result);
    if (reason.empty()) reason = compare_result(eval, *result);
    return reason;
  }

  promql::Engine engine_;
  MemoryReader reader_;
};

}  // namespace

Result<ScriptResult> run_script(std::string_view text) {
  TRY(const std::vector<Command> commands, parse_script(text));
  Runner runner;
  ScriptResult result;
  for (const Command& command : commands) runner.run(command, result);
  return result;
}

}  // namespace isobar::promqltest
