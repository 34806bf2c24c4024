#include "plan/check/markdown.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

constexpr std::size_t kMaxBytes = 8ULL << 20;
constexpr std::size_t kMaxLines = 200'000;

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

// Without ** __ and `; single * and _ stay, since names have them.
std::string plain(std::string_view text) {
  std::string out;
  text = trimmed(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') continue;
    if ((text[i] == '*' || text[i] == '_') && i + 1 < text.size() && text[i + 1] == text[i]) {
      ++i;
      continue;
    }
    out += text[i];
  }
  return std::string(trimmed(out));
}

std::vector<std::string> cells_of(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  std::vector<std::string> cells;
  std::string cell;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += '|';
      ++i;
    } else if (line[i] == '|') {
      cells.push_back(plain(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  if (!trimmed(cell).empty()) cells.push_back(plain(cell));
  return cells;
}

bool is_delimiter(std::string_view line) {
  line = trimmed(line);
  return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

class Parser {
 public:
  Parser(MarkdownDocument& out, std::vector<std::string_view> lines) : out_(out), lines_(std::move(lines)) {}

  void run() {
    while (at_ < lines_.size()) {
      const std::string_view line = trimmed(lines_[at_]);
      if (line.starts_with("```") || line.starts_with("~~~")) code(line);
      else if (at_ + 1 < lines_.size() && line.find('|') != std::string_view::npos && is_delimiter(lines_[at_ + 1])) table();
      else text(line);
    }
  }

 private:
  int number() const { return static_cast<int>(at_) + 1; }

  void code(std::string_view fence) {
    const std::string_view mark = fence.substr(0, 3);
    MarkdownCode block{number() + 1, heading_, std::string(trimmed(fence.substr(3))), {}};
    for (++at_; at_ < lines_.size() && !trimmed(lines_[at_]).starts_with(mark); ++at_) block.text += std::string(lines_[at_]) + "\n";
    ++at_;
    out_.code.push_back(std::move(block));
  }

  void table() {
    MarkdownTable table{number(), heading_, cells_of(lines_[at_]), {}};
    for (at_ += 2; at_ < lines_.size() && lines_[at_].find('|') != std::string_view::npos; ++at_) {
      MarkdownRow row{number(), cells_of(lines_[at_])};
      row.cells.resize(table.header.size());
      table.rows.push_back(std::move(row));
    }
    out_.tables.push_back(std::move(table));
  }

  void text(std::string_view line) {
    if (line.starts_with('#')) {
      line.remove_prefix(std::min(line.find_first_not_of('#'), line.size()));
      heading_ = plain(line);
    }
    while (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("> ")) line = trimmed(line.substr(2));
    if (!line.empty()) out_.lines.push_back({number(), heading_, plain(line)});
    ++at_;
  }

  MarkdownDocument& out_;
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string heading_;
};

}  // namespace

Result<MarkdownDocument> parse_markdown(std::string file, std::string_view text) {
  MarkdownDocument out;
  out.file = std::move(file);
  if (text.size() > kMaxBytes) return fail(Code::kTooLarge, fmt::format("document is larger than 8 MiB: {}", out.file));
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (lines.size() > kMaxLines) return fail(Code::kTooLarge, fmt::format("document has more than {} lines: {}", kMaxLines, out.file));
  }
  Parser(out, std::move(lines)).run();
  return out;
}

}  // namespace isobar::plan
