#include "eval/kernels.h"

namespace isobar::eval {

bool all_floats(std::size_t n, const Kind* kinds) {
  unsigned others = 0;
  for (std::size_t i = 0; i < n; ++i) others |= static_cast<unsigned>(kinds[i] != Kind::kFloat);
  return others == 0;
}

bool has_histograms(std::size_t n, const Kind* kinds) {
  unsigned found = 0;
  for (std::size_t i = 0; i < n; ++i) found |= static_cast<unsigned>(kinds[i] == Kind::kHistogram);
  return found != 0;
}

bool has_nan(std::size_t n, const double* x) {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < n; ++i) found |= static_cast<std::uint64_t>(x[i] != x[i]);
  return found != 0;
}

bool decreases(std::size_t n, const double* x) {
  std::uint64_t found = 0;
  for (std::size_t i = 1; i < n; ++i) found |= static_cast<std::uint64_t>(x[i] < x[i - 1]);
  return found != 0;
}

void sum_dense(std::size_t n, const double* __restrict x, double* __restrict sum, double* __restrict comp,
               double* __restrict counts) {
  for (std::size_t i = 0; i < n; ++i) {
    const double s = sum[i];
    const double t = s + x[i];
    const double lost = std::fabs(s) >= std::fabs(x[i]) ? (s - t) + x[i] : (x[i] - t) + s;
    const double c = comp[i] + lost;
    comp[i] = std::fabs(t) == HUGE_VAL ? 0 : c;
    sum[i] = t;
    counts[i] += 1;
  }
}

void sum_masked(std::size_t n, const Kind* __restrict kinds, const double* __restrict x,
                double* __restrict sum, double* __restrict comp, double* __restrict counts) {
  for (std::size_t i = 0; i < n; ++i) {
    if (kinds[i] != Kind::kFloat) continue;
    add_compensated(x[i], sum[i], comp[i]);
    counts[i] += 1;
  }
}

void min_masked(std::size_t n, const Kind* __restrict kinds, const double* __restrict x,
                double* __restrict best, double* __restrict counts) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_float = kinds[i] == Kind::kFloat;
    const bool better = !(best[i] <= x[i]) && !(std::isnan(x[i]) && !std::isnan(best[i]));
    best[i] = is_float && better ? x[i] : best[i];
    counts[i] += is_float ? 1 : 0;
  }
}

void max_masked(std::size_t n, const Kind* __restrict kinds, const double* __restrict x,
                double* __restrict best, double* __restrict counts) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_float = kinds[i] == Kind::kFloat;
    const bool better = !(best[i] >= x[i]) && !(std::isnan(x[i]) && !std::isnan(best[i]));
    best[i] = is_float && better ? x[i] : best[i];
    counts[i] += is_float ? 1 : 0;
  }
}

void count_present(std::size_t n, const Kind* __restrict kinds, double* __restrict counts) {
  for (std::size_t i = 0; i < n; ++i) counts[i] += kinds[i] != Kind::kAbsent ? 1 : 0;
}

void variance_masked(std::size_t n, const Kind* __restrict kinds, const double* __restrict x,
                     double* __restrict mean, double* __restrict squares, double* __restrict counts) {
  for (std::size_t i = 0; i < n; ++i) {
    if (kinds[i] != Kind::kFloat) continue;
    counts[i] += 1;
    const double delta = x[i] - mean[i];
    mean[i] += delta / counts[i];
    squares[i] += delta * (x[i] - mean[i]);
  }
}

}  // namespace isobar::eval
