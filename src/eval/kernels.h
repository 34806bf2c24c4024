// The inner loops of aggregations: one input series is added to arrays over steps. Cells are independent, so
// loops vectorise; each cell sees the inputs in stream order, so results do not depend on the machine. All
// arrays have n elements and do not overlap. Pure functions.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "eval/step_series.h"

namespace isobar::eval {

// Neumaier's compensated addition (Zeitschrift für Angewandte Mathematik und Mechanik 54, 1974): sum + comp
// is the result. An infinite sum forgets its compensation, which would be NaN.
inline void add_compensated(double x, double& sum, double& comp) {
  const double t = sum + x;
  const bool sum_larger = std::fabs(sum) >= std::fabs(x);
  const double lost = sum_larger ? (sum - t) + x : (x - t) + sum;
  comp = std::isinf(t) ? 0 : comp + lost;
  sum = t;
}

// True if every cell is a float.
bool all_floats(std::size_t n, const Kind* kinds);
bool has_histograms(std::size_t n, const Kind* kinds);

// True if some value is not a number.
bool has_nan(std::size_t n, const double* x);
// True if some value is below the one before it.
bool decreases(std::size_t n, const double* x);

// sum, comp and counts of the cells that are floats. The dense form is for all_floats().
void sum_dense(std::size_t n, const double* x, double* sum, double* comp, double* counts);
void sum_masked(std::size_t n, const Kind* kinds, const double* x, double* sum, double* comp, double* counts);
// Smallest / largest float; NaN loses against everything. `best` starts as NaN.
void min_masked(std::size_t n, const Kind* kinds, const double* x, double* best, double* counts);
void max_masked(std::size_t n, const Kind* kinds, const double* x, double* best, double* counts);
// counts += 1 where a cell is present, of any kind.
void count_present(std::size_t n, const Kind* kinds, double* counts);
// Welford's running mean and squared distance (Technometrics 4, 1962).
void variance_masked(std::size_t n, const Kind* kinds, const double* x, double* mean, double* squares,
                     double* counts);

}  // namespace isobar::eval
