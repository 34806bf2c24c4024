// A report: headings, paragraphs and tables, and how they are printed. What is computed knows nothing of formats, and each
// format is one function over the same tables.
//
// Thread safety: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan {

struct Cell {
  std::string text;
  std::string json;  // the value as JSON; empty: the text as a string

  Cell() = default;
  Cell(std::string words) : text(std::move(words)) {}  // NOLINT: a text is a cell
  Cell(const char* words) : text(words) {}             // NOLINT
  Cell(std::string words, std::string as_json) : text(std::move(words)), json(std::move(as_json)) {}
};

struct Column {
  std::string key;     // in JSON and CSV
  std::string header;  // for people
  bool right = false;  // numbers
  bool data = false;   // only where programs read: JSON, CSV
};

struct Table {
  std::string key;
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::size_t ruled_before = SIZE_MAX;  // a line above this row: totals
  std::vector<std::string> notes;       // under the table
  std::size_t most_in_text = SIZE_MAX;  // text and Markdown say how many more rows there are
};

struct Report {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<Table> tables;
};

enum class Format { kText, kJson, kMarkdown, kCsv, kHtml };
// text, json, md, csv, html; kInvalid names them.
Result<Format> parse_format(std::string_view name);

// Text wraps the widest left-aligned column so that lines stay within `width` columns.
std::string render(const Report& report, Format format, std::size_t width = 80);

// "$329.38", "-$82.34"; "not measured".
std::string dollars(const Money& money);
// With the sign always, and "" for no change.
std::string dollar_change(const Money& money);
std::string change_text(const Value& change);
Cell money_cell(const Money& money);
Cell money_change_cell(const Money& money);
Cell value_cell(const Value& value);
Cell change_cell(const Value& change);

}  // namespace isobar::plan
