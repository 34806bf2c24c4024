// The table of PromQL aggregation operators, as functions.h is that of functions. Immutable; thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "promql/ast.h"

namespace isobar::promql {

struct AggregatorSpec {
  std::string_view name;
  eval::AggregateOp op = eval::AggregateOp::kSum;
  bool has_parameter = false;
  ValueType parameter = ValueType::kScalar;
  bool experimental = false;
  std::string_view doc;
  std::string_view example;
};

std::span<const AggregatorSpec> aggregators();
// Case does not matter.
const AggregatorSpec* find_aggregator(std::string_view name);

}  // namespace isobar::promql
