// Adds a field to an answer. Out of line on purpose: with literals inlined, GCC 12 warns of an overflow that is not there.
#pragma once

#include <string_view>

#include "http/message.h"

namespace isobar::api {

void add_header(http::Response& response, std::string_view name, std::string_view value);

}  // namespace isobar::api
