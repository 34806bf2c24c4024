#include "ingest/protocols/otlp_json_value.h"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "codec/json_writer.h"
#include "codec/number_text.h"

namespace isobar::ingest::otlp_json {
namespace {

using simdjson::dom::element_type;

tl::unexpected<Error> wrong(std::string_view key, std::string_view expected) {
  return fail(Code::kInvalid, fmt::format("field must be {}: {}", expected, key.substr(0, 120)));
}

template <class T>
bool parse_digits(std::string_view digits, T& out) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
}

// Integers of T: as a number, a number with a fraction of zero, or a string.
template <class T>
bool parse_integer(element value, T& out) {
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  double real = 0;
  std::string_view digits;
  switch (value.type()) {
    case element_type::INT64:
      if (value.get(whole) != simdjson::SUCCESS || !std::in_range<T>(whole)) return false;
      out = static_cast<T>(whole);
      return true;
    case element_type::UINT64:
      if (value.get(large) != simdjson::SUCCESS || !std::in_range<T>(large)) return false;
      out = static_cast<T>(large);
      return true;
    case element_type::STRING: return value.get(digits) == simdjson::SUCCESS && parse_digits(digits, out);
    case element_type::DOUBLE:
      // Up to 2^53 a double is the number that was written.
      if (value.get(real) != simdjson::SUCCESS || std::trunc(real) != real || std::abs(real) > 0x1p53) return false;
      whole = static_cast<std::int64_t>(real);
      if (!std::in_range<T>(whole)) return false;
      out = static_cast<T>(whole);
      return true;
    default: return false;
  }
}

Result<void> write_json(std::string_view key, element value, int depth, codec::JsonWriter& json);

Result<void> write_array(std::string_view key, element value, int depth, codec::JsonWriter& json) {
  TRY(const auto fields, object(key, value));
  json.begin_array();
  for (const auto& field : fields) {
    if (!is_field(field.key, "values") || field.value.is_null()) continue;
    TRY(const auto items, array(field.key, field.value));
    for (const element item : items) TRYV(write_json(key, item, depth, json));
  }
  json.end_array();
  return {};
}

Result<void> write_map(std::string_view key, element value, int depth, codec::JsonWriter& json) {
  TRY(const auto fields, object(key, value));
  json.begin_object();
  for (const auto& field : fields) {
    if (!is_field(field.key, "values") || field.value.is_null()) continue;
    TRY(const auto items, array(field.key, field.value));
    for (const element item : items) {
      TRY(const auto pair, object(field.key, item));
      std::string_view name;
      element inner;
      bool has_inner = false;
      for (const auto& part : pair) {
        if (part.value.is_null()) continue;
        if (part.key == "key") TRYV(into(name, text(part.key, part.value)));
        if (part.key == "value") inner = part.value;
        if (part.key == "value") has_inner = true;
      }
      json.key(name);
      if (!has_inner) {
        json.null();
        continue;
      }
      TRYV(write_json(name, inner, depth, json));
    }
  }
  json.end_object();
  return {};
}

// Of several kinds of value the last one counts; null is none.
struct AnyValue {
  enum class Kind { kNone, kString, kBool, kInt, kDouble, kArray, kMap };
  Kind kind = Kind::kNone;
  element value;
};

Result<AnyValue> any_value(std::string_view key, element value) {
  static constexpr std::pair<std::string_view, AnyValue::Kind> kKinds[] = {
      {"stringValue", AnyValue::Kind::kString}, {"boolValue", AnyValue::Kind::kBool},
      {"intValue", AnyValue::Kind::kInt},       {"doubleValue", AnyValue::Kind::kDouble},
      {"arrayValue", AnyValue::Kind::kArray},   {"kvlistValue", AnyValue::Kind::kMap},
      {"bytesValue", AnyValue::Kind::kString}};  // base64 already
  AnyValue out;
  TRY(const auto fields, object(key, value));
  for (const auto& field : fields) {
    if (field.value.is_null()) continue;
    for (const auto& [name, kind] : kKinds) {
      if (is_field(field.key, name)) out = {kind, field.value};
    }
  }
  return out;
}

Result<void> write_json(std::string_view key, element value, int depth, codec::JsonWriter& json) {
  if (depth > kMaxOtlpDepth) {
    return fail(Code::kInvalid, fmt::format("an attribute nests deeper than {}: {}", kMaxOtlpDepth, key.substr(0, 120)));
  }
  TRY(const AnyValue any, any_value(key, value));
  switch (any.kind) {
    case AnyValue::Kind::kNone: json.null(); return {};
    case AnyValue::Kind::kString: {
      TRY(const std::string_view string, text(key, any.value));
      json.string(string);
      return {};
    }
    case AnyValue::Kind::kBool: {
      TRY(const bool yes, boolean(key, any.value));
      json.boolean(yes);
      return {};
    }
    case AnyValue::Kind::kInt: {
      TRY(const std::int64_t whole, integer(key, any.value));
      json.integer(whole);
      return {};
    }
    case AnyValue::Kind::kDouble: {
      TRY(const double real, number(key, any.value));
      json.number(real);
      return {};
    }
    case AnyValue::Kind::kArray: return write_array(key, any.value, depth + 1, json);
    case AnyValue::Kind::kMap: return write_map(key, any.value, depth + 1, json);
  }
  return {};
}

}  // namespace

bool is_field(std::string_view key, std::string_view name) {
  if (key == name) return true;
  std::size_t at = 0;
  for (std::size_t i = 0; i < key.size(); ++i, ++at) {
    char c = key[i];
    if (c == '_') {
      if (++i == key.size() || key[i] < 'a' || key[i] > 'z') return false;
      c = static_cast<char>(key[i] - 'a' + 'A');
    }
    if (at >= name.size() || name[at] != c) return false;
  }
  return at == name.size();
}

Result<std::string_view> text(std::string_view key, element value) {
  std::string_view out;
  if (value.get(out) != simdjson::SUCCESS) return wrong(key, "a string");
  return out;
}

Result<bool> boolean(std::string_view key, element value) {
  bool out = false;
  if (value.get(out) != simdjson::SUCCESS) return wrong(key, "true or false");
  return out;
}

Result<std::int64_t> integer(std::string_view key, element value) {
  std::int64_t out = 0;
  if (!parse_integer(value, out)) return wrong(key, "a whole number of 64 bits, as a number or a string of digits");
  return out;
}

Result<std::uint64_t> unsigned_integer(std::string_view key, element value) {
  std::uint64_t out = 0;
  if (!parse_integer(value, out)) return wrong(key, "a whole number of 64 bits from 0 on, as a number or a string of digits");
  return out;
}

Result<std::int32_t> integer32(std::string_view key, element value) {
  std::int32_t out = 0;
  if (!parse_integer(value, out)) return wrong(key, "a whole number of 32 bits");
  return out;
}

Result<double> number(std::string_view key, element value) {
  double out = 0;
  if (value.is_number() && value.get(out) == simdjson::SUCCESS) return out;
  std::string_view string;
  if (value.get(string) == simdjson::SUCCESS) {
    if (const auto parsed = parse_float(string)) return *parsed;
  }
  return wrong(key, "a number, or one of the strings NaN, Infinity and -Infinity");
}

Result<simdjson::dom::array> array(std::string_view key, element value) {
  simdjson::dom::array out;
  if (value.get(out) != simdjson::SUCCESS) return wrong(key, "an array");
  return out;
}

Result<simdjson::dom::object> object(std::string_view key, element value) {
  simdjson::dom::object out;
  if (value.get(out) != simdjson::SUCCESS) return wrong(key, "an object");
  return out;
}

Result<OtlpTemporality> temporality(std::string_view key, element value) {
  std::string_view name;
  if (value.get(name) == simdjson::SUCCESS) {
    if (name == "AGGREGATION_TEMPORALITY_UNSPECIFIED") return OtlpTemporality::kUnspecified;
    if (name == "AGGREGATION_TEMPORALITY_DELTA") return OtlpTemporality::kDelta;
    if (name == "AGGREGATION_TEMPORALITY_CUMULATIVE") return OtlpTemporality::kCumulative;
    return wrong(key, "1 (AGGREGATION_TEMPORALITY_DELTA) or 2 (AGGREGATION_TEMPORALITY_CUMULATIVE)");
  }
  TRY(const std::int32_t raw, integer32(key, value));
  return raw == 1 || raw == 2 ? static_cast<OtlpTemporality>(raw) : OtlpTemporality::kUnspecified;
}

bool id(std::string_view value, std::size_t digits, Arena& texts, std::string_view& out) {
  out = {};
  if (value.find_first_not_of('0') == std::string_view::npos) return true;
  if (value.size() != digits) return false;
  std::string lower(value);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return false;
  }
  out = texts.copy(lower);
  return true;
}

Result<std::string_view> attribute_text(std::string_view key, element value, Arena& texts) {
  TRY(const AnyValue any, any_value(key, value));
  std::string out;
  codec::JsonWriter json(out);
  switch (any.kind) {
    case AnyValue::Kind::kNone: return std::string_view();
    case AnyValue::Kind::kString: return text(key, any.value);
    case AnyValue::Kind::kBool: {
      TRY(const bool yes, boolean(key, any.value));
      return yes ? std::string_view("true") : std::string_view("false");
    }
    case AnyValue::Kind::kInt: {
      TRY(const std::int64_t whole, integer(key, any.value));
      out = std::to_string(whole);
      break;
    }
    case AnyValue::Kind::kDouble: {
      TRY(const double real, number(key, any.value));
      append_float_json(out, real);
      break;
    }
    case AnyValue::Kind::kArray: TRYV(write_array(key, any.value, 1, json)); break;
    case AnyValue::Kind::kMap: TRYV(write_map(key, any.value, 1, json)); break;
  }
  return texts.copy(out);
}

}  // namespace isobar::ingest::otlp_json
