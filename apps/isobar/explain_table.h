// The plan of a query as a table of 80 columns: one line an operator, those below it indented.
#pragma once

#include <string>

#include <simdjson.h>

namespace isobar::app {

// `plan`: the member "explain" of a query's answer.
std::string explain_table(simdjson::dom::element plan);

}  // namespace isobar::app
