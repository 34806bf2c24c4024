// A group with a minimum above zero does not scale to zero; two nodes over three zones strand volumes without that.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {

void scale_to_zero(const Document& document, const Ledger&, Findings& findings) {
  const DocumentRow* row = document.decision({"node min", "min nodes", "minimum nodes", "node min size", "min size", "minimum size"});
  if (row == nullptr) return;
  const std::optional<Range> minimum = count_in(row->prod);
  if (!minimum || minimum->low < 1) return;
  // Development may go to zero where its own minimum lets it.
  const std::optional<Range> other = count_in(row->dev);
  const bool dev_may = other && other->low == 0;
  const auto told = [&](std::string_view text) {
    if (dev_may && has_any(text, {"dev", "development", "staging", "test", "sandbox", "qa"})) return false;
    return has_word(text, "nodes scale to 0") || has_word(text, "nodes scale to zero") || has_word(text, "scale to 0 and back") || has_word(text, "scale to zero and back");
  };
  int where = 0;
  for (const MarkdownLine& line : document.markdown.lines) {
    if (told(line.text)) where = line.line;
  }
  for (const MarkdownTable& table : document.markdown.tables) {
    for (const MarkdownRow& one : table.rows) {
      for (const std::string& cell : one.cells) {
        if (told(cell)) where = one.line;
      }
    }
  }
  if (where == 0) return;
  add(findings, "scale_to_zero", Severity::kError, document, row->line, fmt::format("{}: {} ({})", row->item, row->prod, row->impact),
      fmt::format("line {} lets the nodes scale to zero and back", where),
      "both cannot be; the failure needs no zero: nodes that return in fewer zones than volumes lie in are enough");
}

}  // namespace isobar::plan::rules
