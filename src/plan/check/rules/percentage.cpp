// "42% reduction" beside $603 and $253: a reduction is what goes away, (603 - 253) / 603, not what remains, 253 / 603.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

bool says_reduction(std::string_view text) {
  return has_any(text, {"reduction", "reduced", "saving", "saved", "saves", "save", "cheaper", "less", "lower", "cut"});
}

struct Pair {
  Amount from, to;
  double reduction() const { return 100.0 * static_cast<double>(from.cents - to.cents) / static_cast<double>(from.cents); }
};

// Without amounts of its own, a sentence means the bill only if it says so: "CPU is cut by 30%" does not.
bool is_about_the_bill(std::string_view text) {
  if (has_any(text, {"cpu", "memory", "ram", "spot", "reserved", "savings plan", "graviton", "up to", "another", "further", "traffic", "pods", "storage"})) return false;
  const auto words = 1 + std::count(text.begin(), text.end(), ' ');
  return words <= 5 || has_any(text, {"bill", "cost", "total", "spend", "spending", "budget", "month", "monthly", "in all", "altogether", "overall"});
}

// The two costs that the sentence is about: its own, those of the line before it, or the totals of a bill.
std::vector<Pair> pairs_near(const Document& document, std::size_t line) {
  std::vector<Amount> amounts;
  const auto take = [&](std::size_t i) {
    for (Amount& amount : amounts_in(document.markdown.lines[i].text)) amounts.push_back(std::move(amount));
  };
  const bool own = amounts_in(document.markdown.lines[line].text).size() > 1;
  if (!own && line > 0 && document.markdown.lines[line - 1].line + 2 >= document.markdown.lines[line].line) take(line - 1);
  take(line);
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i + 1 < amounts.size(); ++i) {
    for (std::size_t j = i + 1; j < amounts.size(); ++j) {
      const bool falls = amounts[i].cents > amounts[j].cents;
      const Amount& from = falls ? amounts[i] : amounts[j];
      const Amount& to = falls ? amounts[j] : amounts[i];
      if (from.cents > to.cents && to.cents > 0) pairs.push_back({from, to});
    }
  }
  if (!pairs.empty() || !is_about_the_bill(document.markdown.lines[line].text)) return pairs;
  for (const DocumentTable& table : document.tables) {
    if (table.kind != TableKind::kCosts || !table.total) continue;
    const std::vector<Amount> prod = amounts_in(table.total->prod);
    const std::vector<Amount> dev = amounts_in(table.total->dev);
    if (!prod.empty() && !dev.empty() && prod[0].cents > dev[0].cents) pairs.push_back({prod[0], dev[0]});
  }
  return pairs;
}

// "$220 (67%)" as a saving, or a column of percentages: of this row.
void of_row(const Document& document, const DocumentTable& table, const DocumentRow& row, Findings& findings) {
  const std::optional<Amount> prod = figure_in(row.prod);
  const std::optional<Amount> dev = figure_in(row.dev);
  if (!prod || !dev || prod->cents <= dev->cents || dev->cents < 0) return;
  const Pair pair{*prod, *dev};
  for (std::size_t c = 0; c < row.cells.size(); ++c) {
    if (!has_any(table.header[c], {"saving", "saved", "saves", "reduction", "difference", "delta"})) continue;
    const std::vector<Percent> percents = percents_in(row.cells[c]);
    if (percents.size() != 1 || std::abs(pair.reduction() - percents[0].value) <= 1) continue;
    add(findings, "percentage", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.cells[c]), fmt::format("{:.1f}%", pair.reduction()),
        fmt::format("({} - {}) / {} = {:.1f}%", cents_text(pair.from.cents), cents_text(pair.to.cents), cents_text(pair.from.cents), pair.reduction()));
  }
}

// Two environments: with a third, whose saving it is stays open.
bool has_two_environments(const DocumentTable& table) {
  const auto figures = [](const DocumentRow& row) { return std::count_if(row.cells.begin(), row.cells.end(), [](const std::string& cell) { return is_figure(cell); }); };
  return table.kind == TableKind::kCosts && std::all_of(table.rows.begin(), table.rows.end(), [&](const DocumentRow& row) { return figures(row) <= 3; });
}

}  // namespace

void percentage(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentTable& table : document.tables) {
    if (!has_two_environments(table)) continue;
    for (const DocumentRow& row : table.rows) of_row(document, table, row, findings);
    if (table.total) of_row(document, table, *table.total, findings);
  }
  for (std::size_t i = 0; i < document.markdown.lines.size(); ++i) {
    const MarkdownLine& line = document.markdown.lines[i];
    if (!says_reduction(line.text)) continue;
    for (const Percent& percent : percents_in(line.text)) {
      const std::vector<Pair> pairs = pairs_near(document, i);
      if (pairs.empty()) continue;
      bool holds = false;
      for (const Pair& pair : pairs) holds = holds || std::abs(pair.reduction() - percent.value) <= 1;
      // The saving itself may be one of the amounts: "saves $350 of $603".
      for (const Pair& pair : pairs) holds = holds || (pairs.size() == 1 && has_any(line.text, {"save", "saves", "saving", "saved"}) && !has_any(line.text, {"reduction"}) && std::abs(100 - pair.reduction() - percent.value) <= 1);
      if (holds) continue;
      const Pair& pair = pairs[0];
      const bool remains = std::abs(100 - pair.reduction() - percent.value) <= 1;
      add(findings, "percentage", Severity::kError, document, line.line, line.text, fmt::format("{:.1f}%", pair.reduction()),
          fmt::format("({} - {}) / {} = {:.1f}%{}", cents_text(pair.from.cents), cents_text(pair.to.cents), cents_text(pair.from.cents), pair.reduction(),
                      remains ? fmt::format("; {:g}% is the share that remains", percent.value) : std::string{}));
    }
  }
}

}  // namespace isobar::plan::rules
