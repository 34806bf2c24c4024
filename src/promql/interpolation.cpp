#include "promql/interpolation.h"

#include "model/histogram_arithmetic.h"

namespace isobar::promql {
namespace {

double share(std::int64_t t1, std::int64_t t2, std::int64_t t) {
  return static_cast<double>(t - t1) / static_cast<double>(t2 - t1);
}

}  // namespace

double interpolate(std::int64_t t1, double v1, std::int64_t t2, double v2, std::int64_t t, bool is_counter) {
  const double from = is_counter && v2 < v1 ? 0 : v1;
  return from + (v2 - from) * share(t1, t2, t);
}

eval::HistogramPtr interpolate(std::int64_t t1, const model::Histogram& h1, std::int64_t t2,
                               const model::Histogram& h2, std::int64_t t, bool is_counter,
                               bool* reconciled) {
  if (h1.uses_custom_buckets() != h2.uses_custom_buckets()) return nullptr;
  const double fraction = share(t1, t2, t);
  auto result = std::make_shared<model::Histogram>(h2);
  if (is_counter && model::detect_reset(h2, h1)) {
    model::multiply(*result, fraction);
    return result;
  }
  if (model::subtract(*result, h1).bounds_reconciled && reconciled != nullptr) *reconciled = true;
  model::multiply(*result, fraction);
  model::add(*result, h1);
  return result;
}

}  // namespace isobar::promql
