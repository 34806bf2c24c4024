// Exact arithmetic for money and quantities: fractions of 64-bit integers, always in lowest terms, the denominator
// positive. Prices are decimal fractions of a dollar; a month is 730 hours; nothing here is ever a double, so a sum does
// not depend on its order and the same ledger gives the same bytes.
//
// Errors: a result outside 64 bits, or a division by zero, is kUnprocessable.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace isobar::plan {

// GCC and clang have it on every 64-bit target; __extension__ says that we know it is no ISO type.
__extension__ typedef __int128 Wide;  // NOLINT: __extension__ does not go with "using"

class Rational {
 public:
  Rational() = default;
  Rational(std::int64_t whole) : numerator_(whole) {}  // NOLINT: an integer is a fraction

  // numerator / denominator in lowest terms.
  static Result<Rational> make(Wide numerator, Wide denominator);
  // "3", "-0.045", "1_000".
  static Result<Rational> parse(std::string_view text);

  std::int64_t numerator() const { return numerator_; }
  std::int64_t denominator() const { return denominator_; }
  bool is_whole() const { return denominator_ == 1; }
  bool is_zero() const { return numerator_ == 0; }
  bool is_negative() const { return numerator_ < 0; }

  Result<Rational> plus(const Rational& other) const;
  Result<Rational> minus(const Rational& other) const;
  Result<Rational> times(const Rational& other) const;
  Result<Rational> over(const Rational& other) const;
  Rational negated() const;
  Result<Rational> floor() const;
  Result<Rational> ceil() const;

  bool operator==(const Rational&) const = default;
  bool operator<(const Rational& other) const;

  // This many times `scale`, to the nearest integer, halves away from zero: rounded(1'000'000) of dollars is micro-dollars.
  Result<std::int64_t> rounded(std::int64_t scale = 1) const;
  // Decimal, at most `places` digits after the point, without trailing zeros.
  std::string to_string(int places = 6) const;

 private:
  std::int64_t numerator_ = 0;
  std::int64_t denominator_ = 1;
};

}  // namespace isobar::plan
