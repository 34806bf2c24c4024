#include "codec/number_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fast_float/fast_float.h>

namespace isobar {
namespace {

// value = 0.d1d2d3… × 10^point
struct Digits {
  char text[20];
  int count = 0;
  int point = 0;
};

Digits shortest_digits(double magnitude) {
  char raw[32];
  const auto end = std::to_chars(raw, raw + sizeof(raw), magnitude, std::chars_format::scientific).ptr;
  Digits digits;
  const char* at = raw;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') digits.text[digits.count++] = *at;
  }
  int exponent = 0;
  const bool negative = at[1] == '-';
  std::from_chars(at + 2, end, exponent);
  digits.point = (negative ? -exponent : exponent) + 1;
  while (digits.count > 1 && digits.text[digits.count - 1] == '0') --digits.count;
  return digits;
}

bool append_special(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (value == 0) {
    out += std::signbit(value) ? "-0" : "0";
  } else {
    return false;
  }
  return true;
}

void append_exponent_form(std::string& out, const Digits& digits) {
  out.push_back(digits.text[0]);
  if (digits.count > 1) {
    out.push_back('.');
    out.append(digits.text + 1, static_cast<std::size_t>(digits.count - 1));
  }
  int exponent = digits.point - 1;
  out += exponent < 0 ? "e-" : "e+";
  exponent = std::abs(exponent);
  if (exponent < 10) out.push_back('0');
  char raw[8];
  const auto end = std::to_chars(raw, raw + sizeof(raw), exponent).ptr;
  out.append(raw, end);
}

void append_plain_form(std::string& out, const Digits& digits) {
  if (digits.point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-digits.point), '0');
    out.append(digits.text, static_cast<std::size_t>(digits.count));
    return;
  }
  const int whole = std::min(digits.point, digits.count);
  out.append(digits.text, static_cast<std::size_t>(whole));
  if (digits.point > digits.count) out.append(static_cast<std::size_t>(digits.point - digits.count), '0');
  if (digits.count > whole) {
    out.push_back('.');
    out.append(digits.text + whole, static_cast<std::size_t>(digits.count - whole));
  }
}

}  // namespace

std::optional<double> parse_float(std::string_view text) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (text.size() > 1 && text[0] == '+' && text[1] != '+' && text[1] != '-') ++begin;
  double value = 0;
  const auto [at, error] = fast_float::from_chars(begin, end, value);
  if (error != std::errc() || at != end || begin == end) return std::nullopt;
  if (std::isinf(value)) {
    const char last = end[-1];
    if (last >= '0' && last <= '9') return std::nullopt;  // 1e999
    if (last == '.') return std::nullopt;
  }
  return value;
}

void append_float(std::string& out, double value) {
  if (append_special(out, value)) return;
  if (value < 0) out.push_back('-');
  const Digits digits = shortest_digits(std::abs(value));
  const int exponent = digits.point - 1;
  // strconv takes six digits as the precision that decides, however many the shortest form has.
  if (exponent < -4 || exponent >= 6) {
    append_exponent_form(out, digits);
  } else {
    append_plain_form(out, digits);
  }
}

void append_float_json(std::string& out, double value) {
  if (append_special(out, value)) return;
  if (value < 0) out.push_back('-');
  const double magnitude = std::abs(value);
  const Digits digits = shortest_digits(magnitude);
  if (magnitude < 1e-6 || magnitude >= 1e21) {
    append_exponent_form(out, digits);
  } else {
    append_plain_form(out, digits);
  }
}

void append_float_plain(std::string& out, double value) {
  if (append_special(out, value)) return;
  if (value < 0) out.push_back('-');
  append_plain_form(out, shortest_digits(std::abs(value)));
}

void append_float_openmetrics(std::string& out, double value) {
  const std::size_t start = out.size();
  append_float(out, value);
  if (std::isfinite(value) && out.find_first_of("e.", start) == std::string::npos) out += ".0";
}

}  // namespace isobar
