// The larger and the smaller of two numbers as Go has them (pkg.go.dev/math#Max), which differ from C's where NaN is involved:
// an infinity that outdoes everything outdoes NaN too, else NaN wins. Pure functions.
#pragma once

#include <cmath>
#include <limits>

namespace isobar::promql {

inline double larger(double a, double b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a == kInfinity || b == kInfinity) return kInfinity;
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::fmax(a, b);
}
inline double smaller(double a, double b) { return -larger(-a, -b); }

}  // namespace isobar::promql
