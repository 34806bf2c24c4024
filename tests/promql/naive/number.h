// A float of the naive evaluator together with how far two correct implementations may differ in it.
//
// `value` is what this evaluator computed, in long double inside sums and rounded to double where the
// language has a sample. `doubt` is an absolute bound: zero for samples as they were stored and for
// arithmetic of exact operands, which IEEE 754 defines to the last bit, and above zero behind sums, means and
// regressions, whose order of additions nobody defines. Doubt grows by the rules of running error analysis
// (Higham, Accuracy and Stability of Numerical Algorithms, 3.3). A decision that falls within the doubt of
// its operands (3 > 3 ± 1e-16) sets Doubts::undecided: two correct evaluators may then answer different
// series. Values.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

namespace isobar::promqltest::naive {

inline constexpr long double kUnit = 1.2e-16L;  // a little above half an ulp of a double, relative

struct Num {
  long double value = 0;
  long double doubt = 0;

  Num() = default;
  Num(double v) : value(v) {}  // NOLINT: literals are numbers
  Num(long double v, long double d) : value(v), doubt(d) {}

  double number() const { return static_cast<double>(value); }
  bool finite() const { return std::isfinite(number()); }
};

struct Doubts {
  bool undecided = false;
};

// The result as a sample, that is a double; `factor` further roundings are granted to the other side.
inline Num rounded(Num x, int factor = 4) {
  const double v = x.number();
  if (!std::isfinite(v)) return {v, 0};
  return {v, x.doubt + static_cast<long double>(factor) * kUnit * std::fabs(x.value)};
}

// Left out of `rounded`: a single operation on exact numbers.
inline Num exact_step(long double value, long double doubt) {
  const double v = static_cast<double>(value);
  if (!std::isfinite(v)) return {v, 0};
  if (std::isnan(doubt)) return {v, std::numeric_limits<long double>::infinity()};  // of an unknown number times zero
  return {v, doubt > 0 ? doubt + 2 * kUnit * std::fabs(static_cast<long double>(v)) : 0};
}

// Operations of samples: operands are doubles, so is the result.
inline Num plus(Num a, Num b) {
  return exact_step(a.number() + b.number(), a.doubt + b.doubt);
}
inline Num minus(Num a, Num b) {
  return exact_step(a.number() - b.number(), a.doubt + b.doubt);
}
inline Num times(Num a, Num b) {
  return exact_step(a.number() * b.number(),
                    a.doubt * std::fabs(b.value) + b.doubt * std::fabs(a.value) + a.doubt * b.doubt);
}
inline Num divided(Num a, Num b) {
  const double q = a.number() / b.number();
  const long double size = std::fabs(b.value) - b.doubt;
  if (a.doubt == 0 && b.doubt == 0) return {q, 0};
  if (size <= 0) return {q, std::numeric_limits<long double>::infinity()};
  return exact_step(q, (a.doubt + b.doubt * std::fabs(static_cast<long double>(q))) / size);
}

// A function of doubles: how far it moves when its arguments do.
template <class F>
Num through(F f, Num a) {
  const double v = f(a.number());
  if (a.doubt == 0) return v;
  const double step = static_cast<double>(a.doubt);
  // Two neighbours say nothing of a function that turns between them.
  if (step > 1e-3) return {v, std::numeric_limits<long double>::infinity()};
  const long double up = std::fabs(static_cast<long double>(f(a.number() + step)) - v);
  const long double down = std::fabs(static_cast<long double>(f(a.number() - step)) - v);
  const long double doubt = 2 * std::fmax(up, down) + 4 * kUnit * std::fabs(static_cast<long double>(v));
  // Where a neighbour has no value, this one's is anybody's guess.
  return {v, std::isfinite(up) && std::isfinite(down) ? doubt : std::numeric_limits<long double>::infinity()};
}

// Whether `a` and `b` may stand in either order.
inline bool close(const Num& a, const Num& b) {
  if (a.doubt == 0 && b.doubt == 0) return false;
  if (std::isnan(a.value) || std::isnan(b.value) || std::isinf(a.value) || std::isinf(b.value)) return false;
  return std::fabs(a.value - b.value) <= a.doubt + b.doubt;
}
inline bool less(const Num& a, const Num& b, Doubts& doubts) {
  doubts.undecided = doubts.undecided || close(a, b);
  return a.number() < b.number();
}

// A sum to the precision of long double with Neumaier's compensation. The doubt is that of a compensated sum
// in double: one rounding of the result, and n u² of what was added.
class Sum {
 public:
  void add(const Num& x) {
    const long double t = sum_ + x.value;
    if (std::isfinite(t))
      lost_ += std::fabs(sum_) >= std::fabs(x.value) ? (sum_ - t) + x.value : (x.value - t) + sum_;
    sum_ = t;
    size_ += std::fabs(x.value);
    doubt_ += x.doubt;
    ++count_;
  }
  Num value() const {
    const long double v = std::isfinite(sum_) ? sum_ + lost_ : sum_;
    if (!std::isfinite(static_cast<double>(v))) return {v, 0};
    const long double n = static_cast<long double>(count_);
    return {v, doubt_ + 4 * kUnit * std::fabs(v) + 64 * n * kUnit * kUnit * size_};
  }
  long double size() const { return size_; }
  std::size_t count() const { return count_; }

 private:
  long double sum_ = 0;
  long double lost_ = 0;
  long double size_ = 0;
  long double doubt_ = 0;
  std::size_t count_ = 0;
};

}  // namespace isobar::promqltest::naive
