#include "promql/aggregators.h"

#include "promql/keywords.h"

namespace isobar::promql {
namespace {

using eval::AggregateOp;

constexpr AggregatorSpec kAggregators[] = {
    {"avg",
     AggregateOp::kAvg,
     false,
     {},
     false,
     "Arithmetic mean of the values of each group.",
     "avg by (job) (up)"},
    {"bottomk", AggregateOp::kBottomk, true, ValueType::kScalar, false,
     "The k series with the smallest values of each group, with their own labels.", "bottomk(3, node_load1)"},
    {"count",
     AggregateOp::kCount,
     false,
     {},
     false,
     "Number of series in each group.",
     "count by (job) (up)"},
    {"count_values", AggregateOp::kCountValues, true, ValueType::kString, false,
     "Number of series per distinct value; the value becomes a label of the given name.",
     "count_values(\"version\", build_version)"},
    {"group",
     AggregateOp::kGroup,
     false,
     {},
     false,
     "One series of value 1 per group.",
     "group by (job) (up)"},
    {"limit_ratio", AggregateOp::kLimitRatio, true, ValueType::kScalar, true,
     "A pseudo-random share of the series, chosen by their labels; negative ratios choose the complement.",
     "limit_ratio(0.1, up)"},
    {"limitk", AggregateOp::kLimitk, true, ValueType::kScalar, true, "Any k series of each group.",
     "limitk(10, up)"},
    {"max",
     AggregateOp::kMax,
     false,
     {},
     false,
     "Largest value of each group.",
     "max by (instance) (node_load1)"},
    {"min",
     AggregateOp::kMin,
     false,
     {},
     false,
     "Smallest value of each group.",
     "min by (instance) (node_load1)"},
    {"quantile", AggregateOp::kQuantile, true, ValueType::kScalar, false,
     "The phi-quantile (0 to 1) of the values of each group.", "quantile(0.9, node_load1)"},
    {"stddev",
     AggregateOp::kStddev,
     false,
     {},
     false,
     "Population standard deviation of the values of each group.",
     "stddev by (job) (node_load1)"},
    {"stdvar",
     AggregateOp::kStdvar,
     false,
     {},
     false,
     "Population variance of the values of each group.",
     "stdvar by (job) (node_load1)"},
    {"sum",
     AggregateOp::kSum,
     false,
     {},
     false,
     "Sum of the values of each group.",
     "sum by (job) (rate(http_requests_total[5m]))"},
    {"topk", AggregateOp::kTopk, true, ValueType::kScalar, false,
     "The k series with the largest values of each group, with their own labels.", "topk(3, node_load1)"},
};

}  // namespace

std::span<const AggregatorSpec> aggregators() {
  return kAggregators;
}

const AggregatorSpec* find_aggregator(std::string_view name) {
  for (const AggregatorSpec& spec : kAggregators) {
    if (is_keyword(name, spec.name)) return &spec;
  }
  return nullptr;
}

}  // namespace isobar::promql
