// Functions of instant vectors, by family. Each answers whether it knows `name`, then with a value or an
// error.
#pragma once

#include <optional>
#include <string_view>

#include "evaluator.h"

namespace isobar::promqltest::naive {

struct CallSite {
  Evaluator& evaluator;
  const promql::CallExpr& call;
  std::int64_t t;

  std::string_view name() const;
  std::size_t count() const { return call.arguments.size(); }
  Result<Vector> vector(std::size_t i) const { return evaluator.vector(*call.arguments[i], t); }
  Result<Num> scalar(std::size_t i) const { return evaluator.scalar(*call.arguments[i], t); }
  Result<std::string> text(std::size_t i) const {
    TRY(Value value, evaluator.evaluate(*call.arguments[i], t));
    return value.text;
  }
  Log& log() const { return evaluator.log(); }
};

using Answered = std::optional<Result<Value>>;

Answered call_element_function(
    const CallSite& site);  // element_functions.cpp: abs, sin, hour, clamp, round …
Answered call_label_function(const CallSite& site);      // label_functions.cpp: label_*, sort*, absent*, info
Answered call_histogram_function(const CallSite& site);  // histogram_functions.cpp
Result<Value> info(const CallSite& site);                // info.cpp

}  // namespace isobar::promqltest::naive
