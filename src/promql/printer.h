// Syntax tree to text: the canonical form of a query on one line. parse(print(parse(x))) is the same tree as
// parse(x). format() breaks long queries over lines. Pure functions.
#pragma once

#include <string>

#include "promql/ast.h"

namespace isobar::promql {

std::string print(const Expr& expr);
std::string print(const DurationExpr& expr);
// Indented over several lines where a line would pass 100 characters.
std::string format(const Expr& expr);

}  // namespace isobar::promql
