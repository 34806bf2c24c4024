// A document cannot describe what was released after it: its date, or its subject, is wrong.
#include <fmt/format.h>
#include <re2/re2.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

struct Release {
  const char* pattern;
  std::string_view name;
  std::string_view date;
  std::string_view source;
};
constexpr Release kReleases[] = {
    {R"(\bmimir (?:v?3\.(?:\d+|x)|v3)\b|\bmimir 3\s*(?:$|[.,;:|)(]|with\b|and\b|chart\b|ingest))", "Mimir 3.0", "2025-10-20", "3.0.0-rc.0 of grafana/mimir; Kafka came into the chart on 2025-08-20 (mimir#12459)"},
    {R"(\bloki (v)?4(\.\d+)?\b)", "Loki 4", "2026-11-23", "no release of it is known"},
};

// Dates of the document itself, in tables of versions and lines such as "Date: 2025-01-10".
void collect(const std::string& text, int line, std::vector<std::pair<std::string, int>>& dates) {
  static const re2::RE2 pattern(R"(\b(20\d\d-\d\d-\d\d)\b)");
  re2::StringPiece rest(text);
  std::string date;
  while (re2::RE2::FindAndConsume(&rest, pattern, &date)) dates.emplace_back(date, line);
}

}  // namespace

void release_date(const Document& document, const Ledger&, Findings& findings) {
  std::vector<std::pair<std::string, int>> dates;
  for (const MarkdownLine& line : document.markdown.lines) {
    if (has_any(line.text, {"date", "dated", "updated", "version"})) collect(line.text, line.line, dates);
  }
  for (const MarkdownTable& table : document.markdown.tables) {
    std::string header;
    for (const std::string& cell : table.header) header += cell + " ";
    if (!has_word(header, "date") || !has_any(header, {"version", "author", "changes", "change", "revision"})) continue;
    for (const MarkdownRow& row : table.rows) {
      for (const std::string& cell : row.cells) collect(cell, row.line, dates);
    }
  }
  if (dates.empty()) return;
  std::pair<std::string, int> newest = dates[0];
  for (const auto& one : dates) {
    if (one.first > newest.first) newest = one;
  }
  for (const Release& release : kReleases) {
    bool told = false;
    const re2::RE2 pattern(release.pattern);
    for (const MarkdownLine& line : document.markdown.lines) told = told || (re2::RE2::PartialMatch(lower(line.text), pattern) && !has_any(line.text, {"removed in", "will", "planned", "upcoming"}));
    for (const DocumentRow* row : document.decisions()) told = told || (re2::RE2::PartialMatch(lower(row->prod), pattern));
    if (!told || newest.first >= release.date || release.name == "Loki 4") continue;
    add(findings, "release_date", Severity::kWarning, document, newest.second, newest.first, fmt::format("{} is of {}", release.name, release.date), std::string(release.source));
  }
}

}  // namespace isobar::plan::rules
