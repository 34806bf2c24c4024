// A document in the manner of the seed, read for meaning: which tables hold decisions, costs and pod counts, and which
// column of each says what. Columns are known by the words of their headers, in any order; rows by their content.
//
// Thread safety: values; a Document points into nothing but itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/check/markdown.h"

namespace isobar::plan {

struct DocumentRow {
  int line = 0;
  std::string item, prod, dev, requirement, control, impact, saving;
  std::vector<std::string> cells;  // as many as the table has columns
  std::string all;                 // the cells joined, for messages
};

enum class TableKind { kDecisions, kCosts, kPods, kOther };

struct DocumentTable {
  TableKind kind = TableKind::kOther;
  int line = 0;
  std::string heading;
  std::vector<std::string> header;
  std::vector<DocumentRow> rows;  // without those that sum up others
  std::optional<DocumentRow> total;
  std::vector<DocumentRow> yearly;  // totals of a year, beside that of a month
};

struct Document {
  MarkdownDocument markdown;
  std::vector<DocumentTable> tables;

  // Rows of all decision tables.
  std::vector<const DocumentRow*> decisions() const;
  // The first decision whose item has one of these words; null if there is none.
  const DocumentRow* decision(std::initializer_list<std::string_view> words) const;
  // Whether any cell or line has the word.
  bool mentions(std::string_view word) const;
  // Whether the first region that it names has other prices than us-east-1.
  bool in_another_region() const;
};

Document read_document(MarkdownDocument markdown);

// "not deployed", "disabled", "none", "skip", "not needed", "-": the cell says that there is nothing.
bool says_absent(std::string_view cell);

}  // namespace isobar::plan
