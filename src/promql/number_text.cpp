#include "promql/number_text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/utf8.h"
#include "model/histogram_arithmetic.h"
#include "promql/keywords.h"

namespace isobar::promql {
namespace {

std::optional<double> parse_integer(std::string_view digits, int base) {
  double value = 0;
  if (digits.empty()) return std::nullopt;
  for (const char c : digits) {
    int digit = 99;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

std::string shortest(double value, std::chars_format format) {
  char buffer[400];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value, format);
  return std::string(buffer, end);
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (is_keyword(text, "inf") || is_keyword(text, "infinity")) return std::numeric_limits<double>::infinity();
  if (is_keyword(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    return parse_integer(text.substr(2), 16);
  }
  if (text.size() > 1 && text[0] == '0') {
    if (const std::optional<double> octal = parse_integer(text.substr(1), 8)) return octal;
  }
  if (text.empty() || text[0] == '-' || text[0] == '+') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone; too large is infinity, too small is zero.
    return text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos
               ? 0.0
               : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<double> parse_signed_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool negative = text[0] == '-';
  const std::optional<double> value = parse_number(negative || text[0] == '+' ? text.substr(1) : text);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const double magnitude = std::fabs(value);
  const bool plain = value == 0 || (magnitude >= 1e-4 && magnitude < 1e21);
  return shortest(value, plain ? std::chars_format::fixed : std::chars_format::scientific);
}

std::string fixed_text(double value) {
  if (!std::isfinite(value)) return number_text(value);
  return shortest(value, std::chars_format::fixed);
}

std::string histogram_text(const model::Histogram& histogram) {
  std::string out =
      fmt::format("{{count:{}, sum:{}", number_text(histogram.count), number_text(histogram.sum));
  for (const model::BoundedBucket& b : model::all_buckets(histogram)) {
    if (b.count == 0) continue;
    out += fmt::format(", {}{},{}{}:{}", b.lower_inclusive ? '[' : '(', number_text(b.lower),
                       number_text(b.upper), b.upper_inclusive ? ']' : ')', number_text(b.count));
  }
  return out + "}";
}

std::string quoted_text(std::string_view text) {
  const bool valid = is_valid_utf8(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (u < 0x20 || u == 0x7f || (u >= 0x80 && !valid)) {
      out += fmt::format("\\x{:02x}", u);
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

}  // namespace isobar::promql
