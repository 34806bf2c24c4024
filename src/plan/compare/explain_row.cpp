#include "plan/compare/explain_row.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "plan/survival/survival.h"

namespace isobar::plan {
namespace {

template <class Row>
const Row* row_of(const std::vector<Row>& rows, std::string_view id) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
  return at == rows.end() ? nullptr : &*at;
}

std::string_view behind(std::string_view id, std::string_view prefix) { return id.starts_with(prefix) ? id.substr(prefix.size()) : id; }

std::string source_text(const Source& source) {
  const std::string text = source.text.empty() ? "no source" : source.text;
  return source.date.empty() ? text : fmt::format("{}, {}", text, source.date);
}

void verdict_lines(const FailureVerdict& verdict, const std::string& profile, WrappedText& out) {
  if (!verdict.applies) return out.add(1, "does not apply: nothing there could fail like this");
  out.add(1, fmt::format("{}; played in {} place{}, worst: {}", verdict_text(verdict), verdict.places, verdict.places == 1 ? "" : "s", place_text(verdict.worst)));
  out.add(2, fmt::format("writes come back after {} of the places, reads after {}", verdict.write.to_string(), verdict.read.to_string()));
  out.add(2, fmt::format("at most {} without writes, {} without reads", format_duration(verdict.write_down), format_duration(verdict.read_down)));
  if (verdict.rpo > Duration{0}) out.add(2, fmt::format("{} of accepted data lost: {}", format_duration(verdict.rpo), verdict.lost));
  out.add(2, fmt::format("line by line: isobar plan simulate {} --failure {}", profile, verdict.failure->id));
}

// What the seconds rest on: the machinery's timers, and what the ledger says of services and stores.
void timing_lines(const Ledger& ledger, WrappedText& out) {
  out.empty_line();
  out.add(0, "Times rest on these assumptions:");
  const simulation::Timers timers;
  for (const simulation::TimerRow& row : simulation::timer_rows()) {
    out.add(1, fmt::format("{} {}: {}", row.name, format_duration(timers.*row.field), row.source));
  }
  for (const ServiceRow& row : ledger.services) out.add(1, fmt::format("{} ({}): {}", row.id, row.origin.to_string(), source_text(row.source)));
  for (const StoreRow& row : ledger.stores) out.add(1, fmt::format("{} ({}): {}", row.id, row.origin.to_string(), source_text(row.source)));
}

void failure_lines(const Ledger& ledger, const FailureRow& failure, const std::vector<Evaluation>& evaluations, WrappedText& out) {
  out.add(0, fmt::format("{}: {}", failure.id, failure.title));
  out.add(1, fmt::format("{} a year in each place: {} ({})", failure.per_year.text(), source_text(failure.source), failure.origin.to_string()));
  for (const Evaluation& evaluation : evaluations) {
    out.empty_line();
    out.add(0, fmt::format("in {}", evaluation.profile));
    const Result<Survival> survival = survival_of(ledger, evaluation.profile, evaluation.settings);
    if (!survival) {
      out.add(1, survival.error().message);
      continue;
    }
    for (const FailureVerdict& one : survival->failures) {
      if (one.failure->id == failure.id) verdict_lines(one, evaluation.profile, out);
    }
  }
  timing_lines(ledger, out);
}

}  // namespace

bool explain_row(const Ledger& ledger, std::string_view id, const std::vector<Evaluation>& evaluations, WrappedText& out) {
  if (const FailureRow* failure = row_of(ledger.failures, id)) {
    failure_lines(ledger, *failure, evaluations, out);
  } else if (const Measurement* one = row_of(ledger.measurements, behind(id, "measured."))) {
    out.add(0, fmt::format("{}: {}", one->title, one->value ? fmt::format("{} {}", one->value->to_string(), one->unit) : std::string("not measured")));
    out.add(1, fmt::format("{}{} ({})", one->value ? source_text(one->source) + "; " : std::string{}, one->command, one->origin.to_string()));
  } else if (const Instance* type = row_of(ledger.instances, id)) {
    out.add(0, fmt::format("{}: {} vCPU, {} MiB, {} interfaces of {} addresses, ${} an hour", type->id, type->vcpu.to_string(), type->memory_mib.to_string(),
                           type->enis.to_string(), type->ips_per_eni.to_string(), type->usd_per_hour.to_string()));
    out.add(1, fmt::format("{} ({})", source_text(type->source), type->origin.to_string()));
  } else if (const Capability* capability = row_of(ledger.capabilities, behind(id, "built."))) {
    out.add(0, fmt::format("{}: {}", capability->title, capability->built ? "built" : "not built, counts as absent"));
    out.add(1, fmt::format("{}({})", capability->evidence.empty() ? std::string{} : capability->evidence + " ", capability->origin.to_string()));
  } else {
    return false;
  }
  return true;
}

}  // namespace isobar::plan
