// One thing has one retention: a recommendation for development that names the production value contradicts its table.
#include <fmt/format.h>
#include <re2/re2.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {

void retention(const Document& document, const Ledger&, Findings& findings) {
  static const re2::RE2 pattern(R"(\b(\w+)\s+only\b[^|]{0,20}?\(?(\d+)[- ]days?\b)");
  for (const DocumentRow* row : document.decisions()) {
    if (!has_word(row->item, "retention")) continue;
    const std::optional<Range> dev = count_in(row->dev);
    const std::optional<Range> prod = count_in(row->prod);
    const std::string component = lower(row->item.substr(0, row->item.find(' ')));
    if (!dev || dev->low != dev->high) continue;
    const auto look = [&](int line, const std::string& text) {
      std::string name;
      int days = 0;
      const std::string in = lower(text);
      if (!re2::RE2::PartialMatch(in, pattern, &name, &days) || name != component || days == dev->low) return;
      if (has_any(in, {"prod", "production", "live"}) && prod && prod->low == days) return;
      add(findings, "retention", Severity::kWarning, document, line, text, fmt::format("{:g} days in development, says line {}", dev->low, row->line), fmt::format("{}: {} | {}", row->item, row->prod, row->dev));
    };
    for (const MarkdownLine& line : document.markdown.lines) look(line.line, line.text);
    for (const MarkdownTable& table : document.markdown.tables) {
      for (const MarkdownRow& one : table.rows) {
        for (const std::string& cell : one.cells) look(one.line, cell);
      }
    }
  }
}

}  // namespace isobar::plan::rules
