#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/utf8.h"
#include "codec/json_writer.h"
#include "plan/check/check.h"

namespace isobar::plan {
namespace {

constexpr std::size_t kColumns = 80;

// One line that a terminal only prints: what stands in a file may hold anything.
std::string printable(std::string_view text) {
  const bool valid = is_valid_utf8(text);
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    out += u < 0x20 || u == 0x7F ? ' ' : u >= 0x80 && !valid ? '?' : c;
  }
  return out;
}

// At most 80 columns; continuation lines stand under the text.
std::string wrapped(std::string_view label, const std::string& text) {
  if (text.empty()) return "";
  std::string out(label);
  std::size_t column = label.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const bool first = column == label.size();
    if (!first && column + 1 + utf8_length(word) > kColumns) {
      out += "\n" + std::string(label.size(), ' ');
      column = label.size();
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += utf8_length(word);
  }
  return out + "\n";
}

std::string counted(const Findings& findings, Severity severity) {
  const auto number =
      std::count_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.severity == severity; });
  return number == 0 ? "" : fmt::format("{} {}{}", number, severity_name(severity), number == 1 ? "" : "s");
}

}  // namespace

std::string_view severity_name(Severity severity) {
  static constexpr std::string_view kNames[] = {"error", "warning", "note"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::string findings_summary(const Findings& findings) {
  std::string out;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kNote}) {
    const std::string part = counted(findings, severity);
    if (!part.empty()) out += (out.empty() ? "" : ", ") + part;
  }
  return out;
}

std::string findings_as_text(const Findings& findings) {
  std::string out;
  for (const Finding& one : findings) {
    out += fmt::format("{}{}:{}: {}: {}\n", out.empty() ? "" : "\n", printable(one.file), one.line, severity_name(one.severity),
                       one.rule);
    out += wrapped("  stated   ", printable(one.stated));
    out += wrapped("  holds    ", printable(one.holds));
    out += wrapped("  because  ", printable(one.derivation));
  }
  return out;
}

std::string findings_as_json(const Findings& findings) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_array();
  for (const Finding& one : findings) {
    json.begin_object()
        .field("rule", one.rule)
        .field("severity", severity_name(one.severity))
        .field("place", fmt::format("{}:{}", one.file, one.line))
        .field("file", one.file)
        .field("line", std::int64_t{one.line})
        .field("stated", one.stated)
        .field("holds", one.holds)
        .field("derivation", one.derivation)
        .end_object();
  }
  json.end_array();
  return out + "\n";
}

}  // namespace isobar::plan
