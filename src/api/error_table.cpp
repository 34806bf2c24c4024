#include "api/error_table.h"

#include <array>

#include "base/check.h"

namespace isobar::api {
namespace {

constexpr std::array<ErrorRow, 12> kRows{{
    {Code::kInvalid, 400, "bad_data", 0},
    {Code::kUnprocessable, 422, "execution", 0},
    {Code::kNotFound, 404, "not_found", 0},
    {Code::kTooLarge, 413, "bad_data", 0},
    {Code::kUnsupported, 415, "not_acceptable", 0},
    {Code::kRateLimited, 429, "too_many_requests", 1},
    {Code::kConflict, 409, "conflict", 0},
    {Code::kUnavailable, 503, "unavailable", 5},
    {Code::kTimeout, 503, "timeout", 5},
    {Code::kCancelled, 499, "canceled", 0},
    {Code::kCorrupt, 500, "internal", 0},
    {Code::kInternal, 500, "internal", 0},
}};

}  // namespace

const ErrorRow& error_row(Code code) {
  for (const ErrorRow& row : kRows) {
    if (row.code == code) return row;
  }
  CHECK(false);
}

}  // namespace isobar::api
