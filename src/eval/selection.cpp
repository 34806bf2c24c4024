#include "eval/selection.h"

#include <cmath>
#include <limits>

#include "base/hash.h"

namespace isobar::eval {

std::vector<std::uint32_t> best_members(const StepMatrix& series, std::span<const std::uint32_t> members,
                                        std::size_t step, std::size_t k, bool largest) {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t m : members) {
    if (series[m].kinds[step] == Kind::kFloat) found.push_back(m);
  }
  const auto better = [&](std::uint32_t a, std::uint32_t b) {
    const double x = series[a].values[step];
    const double y = series[b].values[step];
    if (std::isnan(x) || std::isnan(y)) {
      if (std::isnan(x) != std::isnan(y)) return std::isnan(y);
      return a < b;
    }
    if (x != y) return largest ? x > y : x < y;
    return a < b;
  };
  if (k < found.size()) {
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(k), found.end(), better);
    found.resize(k);
  } else {
    std::sort(found.begin(), found.end(), better);
  }
  return found;
}

double quantile(double phi, std::vector<double>& values) {
  if (values.empty() || std::isnan(phi)) return std::numeric_limits<double>::quiet_NaN();
  if (phi < 0) return -std::numeric_limits<double>::infinity();
  if (phi > 1) return std::numeric_limits<double>::infinity();
  // NaN sorts before everything, as in Prometheus.
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = phi * (static_cast<double>(values.size()) - 1);
  const auto lower = static_cast<std::size_t>(std::max(0.0, std::floor(rank)));
  const std::size_t upper = std::min(values.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

double ratio_position(const model::Labels& labels) {
  return static_cast<double>(hash64(labels.encoded()) >> 11) * 0x1p-53;
}

}  // namespace isobar::eval
