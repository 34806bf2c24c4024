// Text to syntax tree.
//
// The tree that parse() answers is type-checked: functions get the argument types their rows name, operators
// get operands they can work on. Errors are Code::kInvalid with the text "line:column: parse error: …";
// parse_with_errors also gives the byte range. Any input is safe: nesting is limited to kMaxDepth levels.
// Pure functions.
#pragma once

#include <string_view>

#include "base/result.h"
#include "promql/ast.h"
#include "promql/options.h"

namespace isobar::promql {

inline constexpr int kMaxDepth = 500;

struct ParseError {
  PositionRange position;
  std::string message;  // without the position
};

Result<ExprPtr> parse(std::string_view query, const Features& features = {});
tl::expected<ExprPtr, ParseError> parse_with_position(std::string_view query, const Features& features = {});

// A series selector alone, as match[] takes it: up{job="a"}.
Result<std::vector<model::Matcher>> parse_series_selector(std::string_view text);

}  // namespace isobar::promql
