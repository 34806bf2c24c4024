// The larger and the smaller of two floats as Go's math.Max and math.Min have them: an infinity that decides wins over
// NaN, else NaN wins. Pure functions.
#pragma once

#include <cmath>
#include <limits>

namespace isobar::promql {

inline double larger_of(double a, double b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a == kInfinity || b == kInfinity) return kInfinity;
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : std::fmax(a, b);
}
inline double smaller_of(double a, double b) {
  return -larger_of(-a, -b);
}

}  // namespace isobar::promql
