// Percent- and form-encoding (https://url.spec.whatwg.org/#application/x-www-form-urlencoded). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace isobar::http {

inline constexpr std::size_t kMaxFormPairs = 10'000;

// %XX to bytes; with `plus_is_space` also '+' to ' '. A '%' without two hex digits is Code::kInvalid.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// Everything but A-Z a-z 0-9 - _ . ~ as %XX.
std::string percent_encode(std::string_view bytes);
// a=1&b=2, at most kMaxFormPairs pairs.
Result<Params> parse_form(std::string_view text);
// The pairs of the body, if it is a form, then those of the query string: the body takes precedence in get().
Result<Params> all_params(const Request& request);

}  // namespace isobar::http
