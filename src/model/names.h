// Which metric and label names are legal. Since Prometheus 3 any non-empty UTF-8 is a legal name; the older
// identifier form matters for printing without quotes and for escaping. Pure functions.
#pragma once

#include <string_view>

namespace isobar::model {

// [a-zA-Z_:][a-zA-Z0-9_:]*
bool is_legacy_metric_name(std::string_view name);
// [a-zA-Z_][a-zA-Z0-9_]*
bool is_legacy_label_name(std::string_view name);

}  // namespace isobar::model
