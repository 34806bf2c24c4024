#include "plan/check/document.h"

#include <algorithm>

#include <re2/re2.h>

#include "plan/check/amounts.h"

namespace isobar::plan {
namespace {

enum class Role { kOther, kItem, kProd, kDev, kRequirement, kControl, kImpact, kSaving };

Role role_of(std::string_view header) {
  if (has_any(header, {"requirement", "required", "reason", "why", "rationale"})) return Role::kRequirement;
  if (has_any(header, {"nist", "control", "800-53", "compliance"})) return Role::kControl;
  if (has_any(header, {"saving", "saves", "saved", "reduction", "difference", "delta"})) return Role::kSaving;
  if (has_any(header, {"impact", "effect", "consequence", "cost impact"})) return Role::kImpact;
  if (has_any(header, {"dev", "development", "alternative", "non-prod", "nonprod", "staging", "sandbox", "lower", "test", "qa", "uat", "preprod", "pre-prod",
                       "preproduction", "pre-production", "proposed", "optimized", "optimised", "after"})) return Role::kDev;
  if (has_any(header, {"prod", "production", "current", "live", "today", "as is", "before"})) return Role::kProd;
  if (has_any(header, {"extra cost", "cost", "price", "surcharge"})) return Role::kImpact;
  if (has_any(header, {"decision", "item", "category", "component", "setting", "topic", "what", "resource", "line", "service", "area", "choice", "subject"})) return Role::kItem;
  return Role::kOther;
}

std::vector<Role> roles_of(const MarkdownTable& table) {
  std::vector<Role> roles;
  const auto named = [&](Role role) { return std::find(roles.begin(), roles.end(), role); };
  for (const std::string& header : table.header) {
    const Role role = role_of(header);
    roles.push_back(std::find(roles.begin(), roles.end(), role) == roles.end() ? role : Role::kOther);
  }
  // Without a header that names it, the first column is what the row is about.
  if (std::find(roles.begin(), roles.end(), Role::kItem) == roles.end() && !roles.empty() && roles[0] == Role::kOther) roles[0] = Role::kItem;
  // Beside decisions, "cost delta" is what they are said to cost.
  if (named(Role::kControl) != roles.end() && named(Role::kImpact) == roles.end() && named(Role::kSaving) != roles.end()) *named(Role::kSaving) = Role::kImpact;
  return roles;
}

DocumentRow row_of(const MarkdownRow& row, const std::vector<Role>& roles) {
  DocumentRow out;
  out.line = row.line;
  out.cells = row.cells;
  for (std::size_t c = 0; c < row.cells.size(); ++c) {
    const std::string& cell = row.cells[c];
    out.all += (c == 0 ? "" : " | ") + cell;
    switch (roles[c]) {
      case Role::kItem: out.item = cell; break;
      case Role::kProd: out.prod = cell; break;
      case Role::kDev: out.dev = cell; break;
      case Role::kRequirement: out.requirement = cell; break;
      case Role::kControl: out.control = cell; break;
      case Role::kImpact: out.impact = cell; break;
      case Role::kSaving: out.saving = cell; break;
      case Role::kOther: break;
    }
  }
  return out;
}

// Cells below "Live (USD)" or "Staging, $/month" are dollars without saying so.
void add_currency(const std::vector<std::string>& header, MarkdownRow& row) {
  static const re2::RE2 bare(R"(^([~≈+−-]?)\s*(\d[\d,]*(?:\.\d+)?k?)(\s*(?:$|\(|\[|/)))");
  for (std::size_t c = 0; c < row.cells.size(); ++c) {
    if (header[c].find('$') == std::string::npos && !has_word(header[c], "usd")) continue;
    re2::RE2::Replace(&row.cells[c], bare, R"(\1$\2\3)");
  }
}

bool sums_up(const std::string& item) {
  return has_any(item, {"total", "subtotal", "sub-total", "sum", "overall", "gesamt", "summe", "zwischensumme"});
}

// Rows that sum up others: the last is the total, those before it are of parts, unless they or it say otherwise.
void take_totals(DocumentTable& table, std::vector<DocumentRow> rows) {
  std::size_t since = 0;
  for (DocumentRow& row : rows) {
    const bool parts = has_any(row.item, {"subtotal", "sub-total", "zwischensumme"});
    if (!sums_up(row.item)) {
      table.rows.push_back(std::move(row));
      ++since;
    } else if (has_any(row.item, {"year", "annual", "annually", "yearly", "yr"}) && !has_any(row.item, {"month", "monthly"}) && table.total) {
      table.yearly.push_back(std::move(row));
    } else if (table.total && since == 0 && has_any(row.item, {"incl", "including", "with", "after", "vat", "tax", "discount", "buffer"})) {
      continue;  // the same total with something added
    } else if (!parts) {
      table.total = std::move(row);
      since = 0;
    } else {
      since = 0;
    }
  }
}

bool has_role(const std::vector<Role>& roles, Role role) { return std::find(roles.begin(), roles.end(), role) != roles.end(); }

TableKind kind_of(const DocumentTable& table, const std::vector<Role>& roles) {
  if (!has_role(roles, Role::kItem) || !has_role(roles, Role::kProd) || !has_role(roles, Role::kDev) || table.rows.empty()) return TableKind::kOther;
  std::size_t money = 0;
  std::size_t counts = 0;
  for (const DocumentRow& row : table.rows) {
    const bool both = is_figure(row.prod) && (is_figure(row.dev) || says_absent(row.dev));
    money += static_cast<std::size_t>(both || (says_absent(row.prod) && is_figure(row.dev)));
    counts += static_cast<std::size_t>(count_in(row.prod).has_value() && count_in(row.dev).has_value());
  }
  if (2 * money > table.rows.size()) return TableKind::kCosts;
  const bool headed = std::any_of(table.header.begin(), table.header.end(), [](const std::string& one) { return has_word(one, "pod"); });
  const bool pods = headed || has_word(table.heading, "pod") || (table.total && has_word(table.total->all, "pod"));
  if (pods && 2 * counts > table.rows.size()) return TableKind::kPods;
  return has_role(roles, Role::kControl) || has_role(roles, Role::kImpact) || has_role(roles, Role::kRequirement) ? TableKind::kDecisions : TableKind::kOther;
}

}  // namespace

bool says_absent(std::string_view cell) {
  const std::string text = lower(cell);
  if (text.empty() || text == "-" || text == "0" || text == "—" || text == "–" || text == "n/a") return true;
  return has_any(text, {"not deployed", "not needed", "disabled", "none", "skip", "removed", "not used"});
}

std::vector<const DocumentRow*> Document::decisions() const {
  std::vector<const DocumentRow*> found;
  for (const DocumentTable& table : tables) {
    if (table.kind != TableKind::kDecisions) continue;
    for (const DocumentRow& row : table.rows) found.push_back(&row);
  }
  return found;
}

const DocumentRow* Document::decision(std::initializer_list<std::string_view> words) const {
  for (const DocumentRow* row : decisions()) {
    if (has_any(row->item, words)) return row;
  }
  return nullptr;
}

bool Document::mentions(std::string_view word) const {
  for (const MarkdownLine& line : markdown.lines) {
    if (has_word(line.text, word)) return true;
  }
  for (const MarkdownTable& table : markdown.tables) {
    for (const MarkdownRow& row : table.rows) {
      if (std::any_of(row.cells.begin(), row.cells.end(), [&](const std::string& cell) { return has_word(cell, word); })) return true;
    }
  }
  return std::any_of(markdown.code.begin(), markdown.code.end(), [&](const MarkdownCode& code) { return has_word(code.text, word); });
}

bool Document::in_another_region() const {
  static const re2::RE2 region(R"(\b((?:us|eu|ap|sa|ca|me|af|il|cn)(?:-gov)?-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-\d))");
  std::pair<int, std::string> first{1 << 30, ""};
  const auto look = [&](int line, const std::string& text) {
    std::string name;
    if (line < first.first && re2::RE2::PartialMatch(lower(text), region, &name)) first = {line, name};
  };
  for (const MarkdownLine& line : markdown.lines) look(line.line, line.text);
  for (const DocumentTable& table : tables) {
    for (const DocumentRow& row : table.rows) look(row.line, row.all);
  }
  return !first.second.empty() && first.second != "us-east-1" && first.second != "us-east-2" && first.second != "us-west-2";
}

Document read_document(MarkdownDocument markdown) {
  Document out;
  for (const MarkdownTable& raw : markdown.tables) {
    DocumentTable table;
    table.line = raw.line;
    table.heading = raw.heading;
    table.header = raw.header;
    const std::vector<Role> roles = roles_of(raw);
    std::vector<DocumentRow> rows;
    for (MarkdownRow row : raw.rows) {
      add_currency(raw.header, row);
      rows.push_back(row_of(row, roles));
    }
    take_totals(table, std::move(rows));
    table.kind = kind_of(table, roles);
    out.tables.push_back(std::move(table));
  }
  out.markdown = std::move(markdown);
  return out;
}

}  // namespace isobar::plan
