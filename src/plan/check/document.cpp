#include "plan/check/document.h"

#include <algorithm>

#include "plan/check/amounts.h"

namespace isobar::plan {
namespace {

enum class Role { kOther, kItem, kProd, kDev, kRequirement, kControl, kImpact, kSaving };

Role role_of(std::string_view header) {
  if (has_any(header, {"requirement", "required", "reason", "why", "rationale"})) return Role::kRequirement;
  if (has_any(header, {"nist", "control", "compliance"})) return Role::kControl;
  if (has_any(header, {"saving", "saved", "reduction", "difference", "delta"})) return Role::kSaving;
  if (has_any(header, {"impact", "effect", "consequence", "cost impact"})) return Role::kImpact;
  if (has_any(header, {"dev", "development", "alternative", "non-prod", "nonprod", "staging", "sandbox", "lower"})) return Role::kDev;
  if (has_any(header, {"prod", "production", "current", "live", "today", "as is"})) return Role::kProd;
  if (has_any(header, {"decision", "item", "category", "component", "setting", "topic", "what", "resource", "line", "service", "area", "choice", "subject"})) return Role::kItem;
  return Role::kOther;
}

std::vector<Role> roles_of(const MarkdownTable& table) {
  std::vector<Role> roles;
  for (const std::string& header : table.header) {
    const Role role = role_of(header);
    roles.push_back(std::find(roles.begin(), roles.end(), role) == roles.end() ? role : Role::kOther);
  }
  // Without a header that names it, the first column is what the row is about.
  if (std::find(roles.begin(), roles.end(), Role::kItem) == roles.end() && !roles.empty() && roles[0] == Role::kOther) roles[0] = Role::kItem;
  return roles;
}

DocumentRow row_of(const MarkdownRow& row, const std::vector<Role>& roles) {
  DocumentRow out;
  out.line = row.line;
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

bool has_role(const std::vector<Role>& roles, Role role) { return std::find(roles.begin(), roles.end(), role) != roles.end(); }

TableKind kind_of(const DocumentTable& table, const std::vector<Role>& roles) {
  if (!has_role(roles, Role::kItem) || !has_role(roles, Role::kProd) || !has_role(roles, Role::kDev) || table.rows.empty()) return TableKind::kOther;
  std::size_t money = 0;
  std::size_t counts = 0;
  for (const DocumentRow& row : table.rows) {
    const auto is_money = [](const std::string& cell) { return !cell.empty() && cell.find('$') != std::string::npos && cell.find('$') < 3; };
    money += static_cast<std::size_t>(is_money(row.prod) && (is_money(row.dev) || says_absent(row.dev)));
    counts += static_cast<std::size_t>(count_in(row.prod).has_value() && count_in(row.dev).has_value());
  }
  if (2 * money > table.rows.size()) return TableKind::kCosts;
  const bool pods = has_word(table.heading, "pod") || (table.total && has_word(table.total->all, "pod"));
  if (pods && 2 * counts > table.rows.size()) return TableKind::kPods;
  return has_role(roles, Role::kControl) || has_role(roles, Role::kImpact) || has_role(roles, Role::kRequirement) ? TableKind::kDecisions : TableKind::kOther;
}

}  // namespace

bool says_absent(std::string_view cell) {
  const std::string text = lower(cell);
  if (text.empty() || text == "-" || text == "0" || text == "—" || text == "n/a") return true;
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

Document read_document(MarkdownDocument markdown) {
  Document out;
  for (const MarkdownTable& raw : markdown.tables) {
    DocumentTable table;
    table.line = raw.line;
    table.heading = raw.heading;
    const std::vector<Role> roles = roles_of(raw);
    for (const MarkdownRow& row : raw.rows) {
      DocumentRow one = row_of(row, roles);
      if (has_any(one.item, {"total", "sum", "overall"}) && !table.total) table.total = std::move(one);
      else table.rows.push_back(std::move(one));
    }
    table.kind = kind_of(table, roles);
    out.tables.push_back(std::move(table));
  }
  out.markdown = std::move(markdown);
  return out;
}

}  // namespace isobar::plan
