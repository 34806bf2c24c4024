#include "plan/report/report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/utf8.h"
#include "codec/json_writer.h"

namespace isobar::plan {
namespace {

std::size_t width_of(std::string_view text) { return utf8_length(text); }

std::string padded(std::string_view text, std::size_t width, bool right) {
  const std::size_t have = width_of(text);
  const std::string space(have < width ? width - have : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

// Words in lines of at most `width`; a word that is longer is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    std::string word(text.substr(at, end - at));
    at = end + 1;
    if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > width) lines.emplace_back();
    while (width_of(word) > width && width > 0) {
      std::size_t cut = 0;
      for (std::size_t n = 0; n < width; ++n) {
        ++cut;
        while (cut < word.size() && (static_cast<unsigned char>(word[cut]) & 0xc0) == 0x80) ++cut;
      }
      lines.back() += word.substr(0, cut);
      lines.emplace_back();
      word.erase(0, cut);
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

// Each column as wide as its widest cell; then the widest left-aligned ones shrink until the line fits.
std::vector<std::size_t> column_widths(const Table& table, std::size_t width) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t widest = width_of(table.columns[c].header);
    for (const auto& row : table.rows) widest = std::max(widest, width_of(row[c].text));
    widths.push_back(widest);
  }
  const auto total = [&] {
    std::size_t sum = 2 * (widths.size() - 1);
    for (const std::size_t w : widths) sum += w;
    return sum;
  };
  while (total() > width) {
    std::size_t widest = widths.size();
    for (std::size_t c = 0; c < widths.size(); ++c) {
      if (!table.columns[c].right && widths[c] > 8 && (widest == widths.size() || widths[c] > widths[widest])) widest = c;
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  return widths;
}

void append_row(std::string& out, const Table& table, const std::vector<std::size_t>& widths, const std::vector<std::string>& texts) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 1;
  for (std::size_t c = 0; c < texts.size(); ++c) {
    lines.push_back(wrapped(texts[c], widths[c]));
    height = std::max(height, lines.back().size());
  }
  for (std::size_t i = 0; i < height; ++i) {
    std::string line;
    for (std::size_t c = 0; c < texts.size(); ++c) {
      if (c != 0) line += "  ";
      line += padded(i < lines[c].size() ? lines[c][i] : "", widths[c], table.columns[c].right);
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
}

std::vector<std::string> headers_of(const Table& table) {
  std::vector<std::string> headers;
  for (const Column& column : table.columns) headers.push_back(column.header);
  return headers;
}

std::vector<std::string> texts_of(const std::vector<Cell>& row) {
  std::vector<std::string> texts;
  for (const Cell& cell : row) texts.push_back(cell.text);
  return texts;
}

void append_paragraph(std::string& out, std::string_view text, std::size_t width) {
  for (const std::string& line : wrapped(text, width)) out += line + "\n";
}

// What people see of a table.
Table for_people(const Table& table) {
  Table out{table.key, table.title, {}, {}, table.ruled_before, table.notes, SIZE_MAX};
  for (const Column& column : table.columns) {
    if (!column.data) out.columns.push_back(column);
  }
  for (std::size_t r = 0; r < std::min(table.rows.size(), table.most_in_text); ++r) {
    std::vector<Cell>& row = out.rows.emplace_back();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (!table.columns[c].data) row.push_back(table.rows[r][c]);
    }
  }
  if (out.rows.size() < table.rows.size()) {
    out.notes.insert(out.notes.begin(), fmt::format("… and {} more: --format json has them all.", table.rows.size() - out.rows.size()));
  }
  return out;
}

std::string as_text(const Report& report, std::size_t width) {
  std::string out = report.title + "\n\n";
  for (const std::string& paragraph : report.paragraphs) {
    append_paragraph(out, paragraph, width);
    out += "\n";
  }
  for (const Table& whole : report.tables) {
    const Table table = for_people(whole);
    if (!table.title.empty()) append_paragraph(out, table.title, width);
    const std::vector<std::size_t> widths = column_widths(table, width);
    std::size_t line = 2 * (widths.size() - 1);
    for (const std::size_t w : widths) line += w;
    append_row(out, table, widths, headers_of(table));
    out += std::string(line, '-') + "\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      if (r == table.ruled_before) out += std::string(line, '-') + "\n";
      append_row(out, table, widths, texts_of(table.rows[r]));
    }
    for (const std::string& note : table.notes) append_paragraph(out, note, width);
    out += "\n";
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

std::string as_json(const Report& report) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().field("title", report.title);
  json.key("paragraphs").begin_array();
  for (const std::string& paragraph : report.paragraphs) json.string(paragraph);
  json.end_array();
  for (const Table& table : report.tables) {
    json.key(table.key).begin_array();
    for (const auto& row : table.rows) {
      json.begin_object();
      for (std::size_t c = 0; c < row.size(); ++c) {
        json.key(table.columns[c].key);
        if (row[c].json.empty()) json.string(row[c].text);
        else json.raw(row[c].json);
      }
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return out + "\n";
}

std::string escaped(std::string_view text, const std::vector<std::pair<char, std::string_view>>& replacements) {
  std::string out;
  for (const char c : text) {
    const auto at = std::find_if(replacements.begin(), replacements.end(), [&](const auto& pair) { return pair.first == c; });
    if (at == replacements.end()) out += c;
    else out += at->second;
  }
  return out;
}

std::string as_markdown(const Report& report) {
  const auto cell = [](std::string_view text) { return escaped(text, {{'|', "\\|"}, {'\n', " "}}); };
  std::string out = "# " + report.title + "\n\n";
  for (const std::string& paragraph : report.paragraphs) out += paragraph + "\n\n";
  for (const Table& whole : report.tables) {
    const Table table = for_people(whole);
    if (!table.title.empty()) out += "## " + table.title + "\n\n";
    for (const Column& column : table.columns) out += "| " + cell(column.header) + " ";
    out += "|\n";
    for (const Column& column : table.columns) out += column.right ? "|---:" : "|---";
    out += "|\n";
    for (const auto& row : table.rows) {
      for (const Cell& one : row) out += "| " + cell(one.text) + " ";
      out += "|\n";
    }
    out += "\n";
    for (const std::string& note : table.notes) out += note + "\n\n";
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

// RFC 4180; tables one after the other, an empty line between.
std::string as_csv(const Report& report) {
  const auto field = [](std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    return "\"" + escaped(text, {{'"', "\"\""}}) + "\"";
  };
  std::string out;
  for (const Table& table : report.tables) {
    if (!out.empty()) out += "\r\n";
    for (std::size_t c = 0; c < table.columns.size(); ++c) out += (c == 0 ? "" : ",") + field(table.columns[c].key);
    out += "\r\n";
    for (const auto& row : table.rows) {
      for (std::size_t c = 0; c < row.size(); ++c) out += (c == 0 ? "" : ",") + field(row[c].text);
      out += "\r\n";
    }
  }
  return out;
}

std::string as_html(const Report& report) {
  const auto text = [](std::string_view raw) { return escaped(raw, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}}); };
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n"
      "<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}"
      "table{{border-collapse:collapse;margin:0 0 1rem}}th,td{{border-bottom:1px solid #ccc;padding:.25rem .75rem .25rem 0;"
      "text-align:left;vertical-align:top}}.n{{text-align:right;font-variant-numeric:tabular-nums}}</style></head><body>\n<h1>{}</h1>\n",
      text(report.title), text(report.title));
  for (const std::string& paragraph : report.paragraphs) out += "<p>" + text(paragraph) + "</p>\n";
  for (const Table& whole : report.tables) {
    const Table table = for_people(whole);
    if (!table.title.empty()) out += "<h2>" + text(table.title) + "</h2>\n";
    out += "<table>\n<tr>";
    for (const Column& column : table.columns) out += fmt::format("<th{}>{}</th>", column.right ? " class=\"n\"" : "", text(column.header));
    out += "</tr>\n";
    for (const auto& row : table.rows) {
      out += "<tr>";
      for (std::size_t c = 0; c < row.size(); ++c) {
        out += fmt::format("<td{}>{}</td>", table.columns[c].right ? " class=\"n\"" : "", text(row[c].text));
      }
      out += "</tr>\n";
    }
    out += "</table>\n";
    for (const std::string& note : table.notes) out += "<p>" + text(note) + "</p>\n";
  }
  return out + "</body></html>\n";
}

// Halves away from zero, as invoices round.
std::int64_t cents_of(std::int64_t micro) { return (micro + (micro < 0 ? -5'000 : 5'000)) / 10'000; }

}  // namespace

Result<Format> parse_format(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames{"text", "json", "md", "csv", "html"};
  const auto at = std::find(kNames.begin(), kNames.end(), name);
  if (at == kNames.end()) return fail(Code::kInvalid, fmt::format("--format must be text, json, md, csv or html: {}", name));
  return static_cast<Format>(at - kNames.begin());
}

std::string render(const Report& report, Format format, std::size_t width) {
  switch (format) {
    case Format::kText: return as_text(report, width);
    case Format::kJson: return as_json(report);
    case Format::kMarkdown: return as_markdown(report);
    case Format::kCsv: return as_csv(report);
    case Format::kHtml: return as_html(report);
  }
  return {};
}

std::string dollars(const Money& money) {
  if (!money.measured && money.micro_usd == 0) return "not measured";
  const std::int64_t cents = cents_of(money.micro_usd);
  const std::int64_t size = cents < 0 ? -cents : cents;
  return fmt::format("{}${}.{:02}", cents < 0 ? "-" : "", size / 100, size % 100);
}

std::string dollar_change(const Money& money) {
  const std::int64_t cents = cents_of(money.micro_usd);
  if (cents == 0) return "";
  return cents > 0 ? "+" + dollars(money) : dollars(money);
}

std::string change_text(const Value& change) {
  if (!change.measured()) return "not measured";
  if (change.number.is_zero()) return "";
  return (change.number.is_negative() ? "" : "+") + change.number.to_string(1);
}

Cell money_cell(const Money& money) {
  const bool none = !money.measured && money.micro_usd == 0;
  return {dollars(money), none ? "null" : std::to_string(money.micro_usd)};
}
Cell money_change_cell(const Money& money) { return {dollar_change(money), std::to_string(money.micro_usd)}; }
Cell value_cell(const Value& value) {
  if (value.kind == Value::Kind::kNumber) return {value.number.to_string(1), value.number.to_string()};
  return {value.to_string(), value.measured() ? std::string{} : std::string("null")};
}
Cell change_cell(const Value& change) {
  return {change_text(change), change.measured() ? change.number.to_string() : std::string("null")};
}

}  // namespace isobar::plan
