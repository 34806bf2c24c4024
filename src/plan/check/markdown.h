// The parts of a Markdown document that carry decisions: tables, code blocks and lines of text, with their line numbers.
//
// Tables are those of GitHub Flavored Markdown (a header row, a delimiter row, rows; "\|" is a bar). Emphasis and code marks
// are taken off the cells. Limits: 8 MiB and 200,000 lines; what is beyond is an error (kTooLarge).
// Thread safety: values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace isobar::plan {

struct MarkdownRow {
  int line = 0;
  std::vector<std::string> cells;  // as many as the table has columns
};

struct MarkdownTable {
  int line = 0;
  std::string heading;  // of the section that it stands in
  std::vector<std::string> header;
  std::vector<MarkdownRow> rows;
};

struct MarkdownCode {
  int line = 0;  // of its first line of text
  std::string heading;
  std::string language;
  std::string text;
};

struct MarkdownLine {
  int line = 0;
  std::string heading;
  std::string text;  // without list marks and emphasis
};

struct MarkdownDocument {
  std::string file;
  std::vector<MarkdownTable> tables;
  std::vector<MarkdownCode> code;
  std::vector<MarkdownLine> lines;  // headings too; not those of tables and code
};

Result<MarkdownDocument> parse_markdown(std::string file, std::string_view text);

}  // namespace isobar::plan
