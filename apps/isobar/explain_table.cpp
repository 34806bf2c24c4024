#include "explain_table.h"

#include <fmt/format.h>

namespace isobar::app {
namespace {

constexpr std::size_t kWidth = 80;

// What is missing is as good as empty.
template <class T>
T member(simdjson::dom::element node, const char* name) {
  T value{};
  return node[name].get(value) == simdjson::SUCCESS ? value : T{};
}
double number(simdjson::dom::element node, const char* name) { return member<double>(node, name); }

std::string time_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.2f} s", seconds);
  return seconds >= 1e-3 ? fmt::format("{:.1f} ms", seconds * 1e3) : fmt::format("{:.0f} us", seconds * 1e6);
}

std::string count_text(double count) {
  if (count >= 1e9) return fmt::format("{:.1f}G", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.1f}M", count / 1e6);
  return count >= 1e4 ? fmt::format("{:.1f}k", count / 1e3) : fmt::format("{:.0f}", count);
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) line += c;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  }
  return line;
}

// Not within a character.
std::string cut(std::string text, std::size_t width) {
  if (text.size() <= width) return text;
  std::size_t end = width - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// At the bottom stand selectors, which are best known by what was written.
std::string operator_text(simdjson::dom::element node, bool at_bottom) {
  bool repeated = false;
  if (node["repeated"].get(repeated) == simdjson::SUCCESS && repeated) return one_line(member<std::string_view>(node, "operation")) + ", as above";
  return one_line(member<std::string_view>(node, at_bottom ? "expression" : "operation"));
}

void append(simdjson::dom::element node, std::size_t depth, std::string& out) {
  simdjson::dom::array children;
  if (node["children"].get(children) != simdjson::SUCCESS) return;
  double own = number(node, "seconds");
  for (const simdjson::dom::element child : children) own -= number(child, "seconds");
  const std::string figures = fmt::format("{:>8} {:>8} {:>7} {:>7} {:>7}  ", time_text(number(node, "seconds")), time_text(std::max(0.0, own)),
                                          count_text(number(node, "series")), count_text(number(node, "samples")),
                                          count_text(number(node, "bytes")));
  const std::string what = std::string(depth * 2, ' ') + operator_text(node, children.size() == 0);
  out += figures + cut(what, kWidth - figures.size()) + "\n";
  for (const simdjson::dom::element child : children) append(child, depth + 1, out);
}

}  // namespace

std::string explain_table(simdjson::dom::element plan) {
  std::string out = fmt::format("{:>8} {:>8} {:>7} {:>7} {:>7}  {}\n", "TIME", "OWN", "SERIES", "SAMPLES", "BYTES", "OPERATOR");
  append(plan, 0, out);
  return out;
}

}  // namespace isobar::app
