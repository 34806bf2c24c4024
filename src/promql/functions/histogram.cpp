// Functions of native histograms alone: count, sum, average, deviation. Floats have none and go.
#include <cmath>

#include "promql/bucket_math.h"
#include "promql/cell_streams.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

using eval::Cell;
using model::Histogram;

double count_of(const Histogram& h) {
  return h.count;
}
double sum_of(const Histogram& h) {
  return h.sum;
}
double average_of(const Histogram& h) {
  return h.sum / h.count;
}
double deviation_of(const Histogram& h) {
  return std::sqrt(native_variance(h));
}
double variance_of(const Histogram& h) {
  return native_variance(h);
}

template <double (*property)(const Histogram&)>
Result<Value> of_histograms(CallContext& call) {
  TRY(eval::StreamPtr stream, call.vector(0));
  stream = map_cells(std::move(stream), [](const Cell& cell, std::size_t, const model::Labels&) {
    return cell.kind == eval::Kind::kHistogram ? Cell::of(property(*cell.histogram)) : Cell{};
  });
  TRY(stream, drop_names(std::move(stream), call.state()));
  return Value::of(std::move(stream));
}

constexpr FunctionSpec row(std::string_view name, BuildKernel build, std::string_view doc,
                           std::string_view example) {
  FunctionSpec spec;
  spec.name = name;
  spec.arguments = {ValueType::kVector};
  spec.min_arguments = spec.max_arguments = 1;
  spec.doc = doc;
  spec.example = example;
  spec.code.build = build;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    row("histogram_count", of_histograms<count_of>, "Number of observations of a native histogram.",
        "histogram_count(rate(request_duration_seconds[5m]))"),
    row("histogram_sum", of_histograms<sum_of>, "Sum of the observations of a native histogram.",
        "histogram_sum(rate(request_duration_seconds[5m]))"),
    row("histogram_avg", of_histograms<average_of>, "Average observation of a native histogram.",
        "histogram_avg(rate(request_duration_seconds[5m]))"),
    row("histogram_stddev", of_histograms<deviation_of>,
        "Estimated standard deviation of the observations of a native histogram.",
        "histogram_stddev(rate(request_duration_seconds[5m]))"),
    row("histogram_stdvar", of_histograms<variance_of>,
        "Estimated variance of the observations of a native histogram.",
        "histogram_stdvar(rate(request_duration_seconds[5m]))"),
};

}  // namespace

std::span<const FunctionSpec> histogram_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
