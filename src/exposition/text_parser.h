// Internal: the line parsers behind parse().
#pragma once

#include "exposition/exposition.h"

namespace isobar::exposition {

Result<void> parse_text(std::string_view body, bool openmetrics, Visitor& visitor);
Result<void> parse_protobuf(std::string_view body, Visitor& visitor, ParseOptions options);

}  // namespace isobar::exposition
