#include "plan/check/kubernetes/quantity.h"

#include <charconv>
#include <cmath>

namespace isobar::plan::kubernetes {
namespace {

// What a suffix multiplies by; zero for none that Kubernetes knows.
double factor_of(std::string_view suffix) {
  static constexpr struct {
    std::string_view suffix;
    double factor;
  } kFactors[] = {{"", 1},        {"n", 1e-9},    {"u", 1e-6},    {"m", 1e-3},   {"k", 1e3},     {"M", 1e6},
                  {"G", 1e9},     {"T", 1e12},    {"P", 1e15},    {"E", 1e18},   {"Ki", 0x1p10}, {"Mi", 0x1p20},
                  {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50}, {"Ei", 0x1p60}};
  for (const auto& one : kFactors) {
    if (one.suffix == suffix) return one.factor;
  }
  return 0;
}

std::optional<std::int64_t> scaled(std::string_view text, double scale) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  const double factor = factor_of(text.substr(static_cast<std::size_t>(end - text.data())));
  // Ten digits after the point are rounding, not a request.
  const double result = std::ceil(std::round(number * factor * scale * 1e6) / 1e6);
  if (factor == 0 || result > 0x1p62) return std::nullopt;
  return static_cast<std::int64_t>(result);
}

}  // namespace

std::optional<std::int64_t> quantity_milli(std::string_view text) { return scaled(text, 1000); }
std::optional<std::int64_t> quantity_whole(std::string_view text) { return scaled(text, 1); }

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace isobar::plan::kubernetes
