#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "codec/json_writer.h"
#include "plan/check/check.h"

namespace isobar::plan {
namespace {

// At most 80 columns; continuation lines stand under the text.
std::string wrapped(std::string_view label, std::string_view text) {
  std::string out(label);
  std::size_t column = label.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    const bool first = column == label.size();
    if (!first && column + 1 + utf8_length(word) > 80) {
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

}  // namespace

std::string_view severity_name(Severity severity) {
  static constexpr std::string_view kNames[] = {"error", "warning", "note"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::string findings_as_text(const Findings& findings) {
  std::string out;
  for (const Finding& one : findings) {
    out += fmt::format("{}:{}: {}: {}\n", one.file, one.line, severity_name(one.severity), one.rule);
    out += wrapped("  stated  ", one.stated) + wrapped("  holds   ", one.holds) + wrapped("  since   ", one.derivation);
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
