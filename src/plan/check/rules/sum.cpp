// A total is the sum of its rows, and a saving the difference of its columns.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

using Slack = std::int64_t;

bool is_nothing(const std::string& cell) { return says_absent(cell) || has_any(cell, {"free", "included", "incl", "nil"}); }

// Half of the last digit that was written; two of a hundred more where the total says "about".
Slack slack_of(const Amount& total) { return std::max<Slack>(total.step / 2, 1) + (total.about ? std::llabs(total.cents) / 50 : 0); }

// A year in months where the column or the figure says so.
std::int64_t in_period(const Amount& amount, Period wanted) {
  if (amount.period == Period::kYear && wanted != Period::kYear) return amount.cents / 12;
  if (amount.period == Period::kMonth && wanted == Period::kYear) return amount.cents * 12;
  if (amount.period == Period::kHour && wanted != Period::kHour) return amount.cents * 730 * (wanted == Period::kYear ? 12 : 1);
  return amount.cents;
}

struct Terms {
  std::int64_t sum = 0;
  Slack slack = 0;
  std::string text;
};

// The figures of a column; none if a row has words instead of one: the sum is then not ours to judge.
std::optional<Terms> terms_of(const DocumentTable& table, std::size_t column, const Amount& total, int before, bool rounded) {
  const Period headed = period_in(table.header[column]);
  Terms terms;
  for (const DocumentRow& row : table.rows) {
    if (row.line >= before) continue;
    const std::string& cell = row.cells[column];
    const std::optional<Amount> amount = figure_in(cell);
    if (!amount && is_nothing(cell)) continue;
    if (!amount) return std::nullopt;
    const Period wanted = headed != Period::kUnsaid ? headed : total.period;
    const std::int64_t cents = in_period(*amount, wanted);
    terms.sum += cents;
    if (amount->step > total.step || rounded || cents != amount->cents) terms.slack += amount->step / 2;
    terms.text += (terms.text.empty() ? "" : " + ") + cents_text(cents);
  }
  return terms;
}

void column(const Document& document, const DocumentTable& table, std::size_t at, Findings& findings) {
  const std::optional<Amount> total = figure_in(table.total->cells[at]);
  if (!total || !is_figure(table.total->cells[at])) return;
  const bool rounded = document.mentions("rounded") || document.mentions("rounding");
  const std::optional<Terms> all = terms_of(table, at, *total, 1 << 30, rounded);
  if (!all || all->text.empty()) return;
  const auto is_sum = [&](const Terms& terms) { return std::llabs(terms.sum - total->cents) <= slack_of(*total) + terms.slack; };
  // What stands below a total may be about it, and no part of it.
  const std::optional<Terms> above = terms_of(table, at, *total, table.total->line, rounded);
  if (is_sum(*all) || (above && !above->text.empty() && is_sum(*above))) return;
  add(findings, "sum", Severity::kError, document, table.total->line, total->text, cents_text(all->sum), all->text + " = " + cents_text(all->sum));
}

// Twelve months of the total are that of the year.
void year(const Document& document, const DocumentTable& table, const DocumentRow& row, std::size_t at, Findings& findings) {
  const std::optional<Amount> month = figure_in(table.total->cells[at]);
  const std::optional<Amount> stated = figure_in(row.cells[at]);
  if (!month || !stated || month->period == Period::kYear || period_in(table.header[at]) == Period::kYear) return;
  const std::int64_t twelve = month->cents * 12;
  if (std::llabs(twelve - stated->cents) <= slack_of(*stated) + 12 * slack_of(*month)) return;
  add(findings, "sum", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, stated->text), cents_text(twelve),
      fmt::format("12 x {} = {}", month->text, cents_text(twelve)));
}

// With three environments a saving may be between any two of them.
bool is_difference_of_others(const DocumentTable& table, const DocumentRow& row, const Amount& saving, std::int64_t cents) {
  std::vector<Amount> figures;
  for (std::size_t c = 0; c < row.cells.size(); ++c) {
    if (!is_figure(row.cells[c]) || table.header[c].empty()) continue;
    if (const std::optional<Amount> one = figure_in(row.cells[c])) figures.push_back(*one);
  }
  for (const Amount& a : figures) {
    for (const Amount& b : figures) {
      if (&a < &b && std::llabs(std::llabs(a.cents - b.cents) - cents) <= slack_of(saving)) return true;
    }
  }
  return false;
}

void saving(const Document& document, const DocumentTable& table, const DocumentRow& row, Findings& findings) {
  const auto figure = [](const std::string& cell) { return is_nothing(cell) && !cell.empty() && amounts_in(cell).empty() ? std::optional(Amount{}) : figure_in(cell); };
  const std::optional<Amount> prod = figure(row.prod);
  const std::optional<Amount> dev = figure(row.dev);
  const std::optional<Amount> saving = amounts_in(row.saving).empty() ? std::nullopt : figure_in(row.saving);
  if (!prod || !dev || !saving) return;
  const auto header = [&](const std::string& cell) {
    const auto at = std::find(row.cells.begin(), row.cells.end(), cell);
    return at == row.cells.end() ? Period::kUnsaid : period_in(table.header[static_cast<std::size_t>(at - row.cells.begin())]);
  };
  const bool yearly = saving->period == Period::kYear || header(row.saving) == Period::kYear;
  const bool of_years = prod->period == Period::kYear || header(row.prod) == Period::kYear;
  const std::int64_t difference = (prod->cents - dev->cents) * (yearly && !of_years ? 12 : 1);
  const Slack slack = slack_of(*saving) + (prod->step > saving->step ? prod->step / 2 : 0) + (dev->step > saving->step ? dev->step / 2 : 0);
  if (std::llabs(std::llabs(difference) - std::llabs(saving->cents)) <= slack) return;
  if (row.cells.size() > 4 && is_difference_of_others(table, row, *saving, std::llabs(saving->cents))) return;
  add(findings, "sum", Severity::kError, document, row.line, fmt::format("{}: saves {}", row.item, saving->text), cents_text(difference),
      fmt::format("{} - {} = {}", prod->text.empty() ? "$0" : prod->text, dev->text.empty() ? "$0" : dev->text, cents_text(difference)));
}

// Counts are ranges: the total must lie within their sum, "~" gives it a tenth.
void count_column(const Document& document, const DocumentTable& table, std::size_t at, Findings& findings) {
  const std::optional<Range> total = count_in(table.total->cells[at]);
  if (!total) return;
  double low = 0;
  double high = 0;
  std::string terms;
  for (const DocumentRow& row : table.rows) {
    const std::optional<Range> count = says_absent(row.cells[at]) ? std::optional(Range{0, 0, false, "0"}) : count_in(row.cells[at]);
    if (!count) return;
    low += count->low;
    high += count->high;
    terms += (terms.empty() ? "" : " + ") + count->text;
  }
  const double slack = total->about ? std::max(1.0, total->high * 0.1) : 0;
  if (total->high + slack >= low && total->low - slack <= high) return;
  add(findings, "sum", Severity::kError, document, table.total->line, total->text,
      low == high ? fmt::format("{}", low) : fmt::format("{} to {}", low, high), terms);
}

bool counts_pods(const DocumentTable& table, std::size_t column) {
  return table.kind == TableKind::kPods || has_word(table.header[column], "pod") || (table.header.size() == 2 && has_word(table.heading, "pod"));
}

}  // namespace

void sum(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentTable& table : document.tables) {
    if (table.kind == TableKind::kCosts) {
      for (const DocumentRow& row : table.rows) saving(document, table, row, findings);
      if (table.total) saving(document, table, *table.total, findings);
    }
    if (!table.total) continue;
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      column(document, table, c, findings);
      if (counts_pods(table, c)) count_column(document, table, c, findings);
      for (const DocumentRow& row : table.yearly) year(document, table, row, c, findings);
    }
  }
}

}  // namespace isobar::plan::rules
