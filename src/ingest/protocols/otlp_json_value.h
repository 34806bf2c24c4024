// Internal: single values of OTLP's JSON encoding, and what puts them in their place. Includes simdjson, so only sources include it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/arena.h"
#include "base/result.h"
#include "ingest/protocols/otlp_data.h"

namespace isobar::ingest::otlp_json {

using simdjson::dom::element;

// True for the field's name in camelCase (`name`) and in snake_case.
bool is_field(std::string_view key, std::string_view name);

// `key` names the field in errors. All are kInvalid.
Result<std::string_view> text(std::string_view key, element value);
Result<bool> boolean(std::string_view key, element value);
Result<std::int64_t> integer(std::string_view key, element value);
Result<std::uint64_t> unsigned_integer(std::string_view key, element value);
Result<std::int32_t> integer32(std::string_view key, element value);
Result<double> number(std::string_view key, element value);
Result<simdjson::dom::array> array(std::string_view key, element value);
Result<simdjson::dom::object> object(std::string_view key, element value);
Result<OtlpTemporality> temporality(std::string_view key, element value);

// Assigns the value, or is its error.
template <class T>
Result<void> into(T& out, Result<T> value) {
  if (!value) return tl::unexpected<Error>(std::move(value).error());
  out = *std::move(value);
  return {};
}

// `digits` hexadecimal digits in lower case, or empty for an id of zeros; false for any other text.
bool id(std::string_view value, std::size_t digits, Arena& texts, std::string_view& out);

// An AnyValue as OtlpAttribute has it.
Result<std::string_view> attribute_text(std::string_view key, element value, Arena& texts);

}  // namespace isobar::ingest::otlp_json
