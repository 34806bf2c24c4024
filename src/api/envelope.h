// The JSON envelope of the Prometheus API: {"status":"success","data":…,"warnings":[…],"infos":[…]} and
// {"status":"error","errorType":…,"error":…}. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace isobar::api {

// Remarks that travel with data. Of each kind at most ten are shown, then how many more there are.
struct Remarks {
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

inline constexpr std::string_view kEnvelopeStart = "{\"status\":\"success\",\"data\":";
// What follows the data.
std::string envelope_end(const Remarks& remarks);

// `data` is JSON.
http::Response success(std::string_view data, const Remarks& remarks = {});
http::Response failure(const Error& error);
// The message as text, for doors whose clients expect no JSON.
http::Response failure_text(const Error& error);

}  // namespace isobar::api
