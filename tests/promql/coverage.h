// Which functions, aggregation operators, binary operators and modifiers of PromQL no evaluation of a script
// uses. The names come from the tables of the engine, so that a new row is missed until a test asks for it.
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace isobar::promqltest {

// `scripts` are texts in the test language. An error if one of them does not parse. Queries that are expected
// to fail do not count.
Result<std::vector<std::string>> unused_in(const std::vector<std::string>& scripts);

}  // namespace isobar::promqltest
