// A total is the sum of its rows, and a saving the difference of its columns.
#include <cmath>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

using Cell = std::string DocumentRow::*;

std::optional<Amount> first_amount(const std::string& cell) {
  const std::vector<Amount> amounts = amounts_in(cell);
  return amounts.empty() ? std::nullopt : std::optional(amounts[0]);
}

// Half a dollar for each figure that was written without cents; two of a hundred more where the total says "about".
std::int64_t tolerance(std::size_t whole_figures, const Amount& total) {
  const auto about = static_cast<std::int64_t>(total.about ? std::llabs(total.cents) / 50 : 0);
  return static_cast<std::int64_t>(whole_figures) * 50 + (total.whole ? 50 : 1) + about;
}

void column(const Document& document, const DocumentTable& table, Cell cell, Findings& findings) {
  const std::optional<Amount> total = first_amount((*table.total).*cell);
  if (!total) return;
  std::int64_t sum = 0;
  std::size_t whole = 0;
  std::string terms;
  for (const DocumentRow& row : table.rows) {
    const std::optional<Amount> amount = first_amount(row.*cell);
    if (!amount) {
      if (!says_absent(row.*cell)) return;  // a line without a figure: the sum is not ours to judge
      continue;
    }
    sum += amount->cents;
    whole += static_cast<std::size_t>(amount->whole);
    terms += (terms.empty() ? "" : " + ") + cents_text(amount->cents);
  }
  if (std::llabs(sum - total->cents) <= tolerance(whole > 0 && !total->whole ? whole : 0, *total)) return;
  add(findings, "sum", Severity::kError, document, table.total->line, total->text, cents_text(sum), terms + " = " + cents_text(sum));
}

void saving(const Document& document, const DocumentRow& row, Findings& findings) {
  const std::optional<Amount> prod = first_amount(row.prod);
  const std::optional<Amount> dev = first_amount(row.dev);
  const std::optional<Amount> saving = first_amount(row.saving);
  if (!prod || !dev || !saving) return;
  const std::int64_t difference = prod->cents - dev->cents;
  if (std::llabs(std::llabs(difference) - std::llabs(saving->cents)) <= tolerance(0, *saving)) return;
  add(findings, "sum", Severity::kError, document, row.line, fmt::format("{}: saves {}", row.item, saving->text), cents_text(difference),
      fmt::format("{} - {} = {}", prod->text, dev->text, cents_text(difference)));
}

// Counts are ranges: the total must lie within their sum, "~" gives it a tenth.
void count_column(const Document& document, const DocumentTable& table, Cell cell, Findings& findings) {
  const std::optional<Range> total = count_in((*table.total).*cell);
  if (!total) return;
  double low = 0;
  double high = 0;
  std::string terms;
  for (const DocumentRow& row : table.rows) {
    const std::optional<Range> count = count_in(row.*cell);
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

}  // namespace

void sum(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentTable& table : document.tables) {
    if (table.kind == TableKind::kCosts) {
      for (const DocumentRow& row : table.rows) saving(document, row, findings);
      if (!table.total) continue;
      for (const Cell cell : {&DocumentRow::prod, &DocumentRow::dev, &DocumentRow::saving}) column(document, table, cell, findings);
      saving(document, *table.total, findings);
    }
    if (table.kind == TableKind::kPods && table.total) {
      for (const Cell cell : {&DocumentRow::prod, &DocumentRow::dev, &DocumentRow::saving}) count_column(document, table, cell, findings);
    }
  }
}

}  // namespace isobar::plan::rules
