#include "plan/ledger/rational.h"

#include <fmt/format.h>

namespace isobar::plan {
namespace {

Wide gcd(Wide a, Wide b) {
  if (a < 0) a = -a;
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

bool fits(Wide value) { return value >= -INT64_MAX && value <= INT64_MAX; }

// Halves away from zero; both arguments small enough that twice the numerator fits.
Wide divide_rounding(Wide numerator, Wide denominator) {
  const Wide half = numerator < 0 ? -denominator : denominator;
  return (2 * numerator + half) / (2 * denominator);
}

}  // namespace

Result<Rational> Rational::make(Wide numerator, Wide denominator) {
  if (denominator == 0) return fail(Code::kUnprocessable, "division by zero");
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const Wide divisor = gcd(denominator, numerator < 0 ? -numerator : numerator);
  numerator /= divisor;
  denominator /= divisor;
  if (!fits(numerator) || !fits(denominator)) return fail(Code::kUnprocessable, "number does not fit into 64 bits");
  Rational result;
  result.numerator_ = static_cast<std::int64_t>(numerator);
  result.denominator_ = static_cast<std::int64_t>(denominator);
  return result;
}

Result<Rational> Rational::parse(std::string_view text) {
  const auto bad = [&] { return fail(Code::kInvalid, fmt::format("not a decimal number: \"{}\"", text.substr(0, 40))); };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  Wide digits = 0;
  Wide scale = 1;
  bool point = false;
  bool any = false;
  for (const char c : rest) {
    if (c == '_' && any && !point) continue;
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return bad();
    any = true;
    digits = digits * 10 + (c - '0');
    if (point) scale *= 10;
    if (digits > INT64_MAX || scale > INT64_MAX) return bad();
  }
  if (!any || rest.ends_with('.')) return bad();
  return make(negative ? -digits : digits, scale);
}

Result<Rational> Rational::plus(const Rational& other) const {
  return make(Wide{numerator_} * other.denominator_ + Wide{other.numerator_} * denominator_,
              Wide{denominator_} * other.denominator_);
}

Result<Rational> Rational::minus(const Rational& other) const { return plus(other.negated()); }

Result<Rational> Rational::times(const Rational& other) const {
  return make(Wide{numerator_} * other.numerator_, Wide{denominator_} * other.denominator_);
}

Result<Rational> Rational::over(const Rational& other) const {
  return make(Wide{numerator_} * other.denominator_, Wide{denominator_} * other.numerator_);
}

Rational Rational::negated() const {
  Rational result = *this;
  result.numerator_ = -numerator_;
  return result;
}

Result<Rational> Rational::floor() const {
  const std::int64_t whole = numerator_ / denominator_;
  return Rational(numerator_ % denominator_ < 0 ? whole - 1 : whole);
}

Result<Rational> Rational::ceil() const {
  const std::int64_t whole = numerator_ / denominator_;
  return Rational(numerator_ % denominator_ > 0 ? whole + 1 : whole);
}

bool Rational::operator<(const Rational& other) const {
  return Wide{numerator_} * other.denominator_ < Wide{other.numerator_} * denominator_;
}

Result<std::int64_t> Rational::rounded(std::int64_t scale) const {
  const Wide value = divide_rounding(Wide{numerator_} * scale, denominator_);
  if (!fits(value)) return fail(Code::kUnprocessable, "number does not fit into 64 bits");
  return static_cast<std::int64_t>(value);
}

std::string Rational::to_string(int places) const {
  Wide scale = 1;
  for (int i = 0; i < places; ++i) scale *= 10;
  Wide value = divide_rounding(Wide{numerator_} * scale, denominator_);
  const bool negative = value < 0;
  if (negative) value = -value;
  std::string text = fmt::format("{}{}", negative ? "-" : "", static_cast<std::int64_t>(value / scale));
  std::string fraction = fmt::format("{:0{}}", static_cast<std::int64_t>(value % scale), places);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (places > 0 && !fraction.empty()) text += "." + fraction;
  return text;
}

}  // namespace isobar::plan
