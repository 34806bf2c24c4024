// info(): adds the labels of info series. See the header comment of its kernel.
#include "promql/evaluation.h"
#include "promql/functions/families.h"

namespace isobar::promql {
std::span<const FunctionSpec> info_functions() { return {}; }
}  // namespace isobar::promql
