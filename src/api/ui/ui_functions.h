// ui/v1/functions: the tables of the query language as JSON. Internal to api/ui.
#pragma once

#include <string>

namespace isobar::api {

std::string functions_json();

}  // namespace isobar::api
