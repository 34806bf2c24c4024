#include "api/header_field.h"

namespace isobar::api {

void add_header(http::Response& response, std::string_view name, std::string_view value) {
  response.headers.add(std::string(name), std::string(value));
}

}  // namespace isobar::api
