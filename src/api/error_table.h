// What a Code means over HTTP: status, Prometheus' errorType, and how long a client should wait. Pure functions.
#pragma once

#include <string_view>

#include "base/result.h"

namespace isobar::api {

struct ErrorRow {
  Code code;
  int status;
  std::string_view type;      // errorType of the envelope
  int retry_after_seconds;    // 0: no Retry-After
};

const ErrorRow& error_row(Code code);

}  // namespace isobar::api
