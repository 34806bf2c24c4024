// Numbers as Go writes and reads them (strconv.ParseFloat, FormatFloat), which is what the text formats and the HTTP
// API of Prometheus contain. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isobar {

// Decimal floats, NaN, Inf, +Inf, -Inf, Infinity in any case. Nothing may follow; hexadecimal forms, underscores and
// finite texts beyond the range of a double are refused.
std::optional<double> parse_float(std::string_view text);

// Appends the shortest text that reads back as `value`, in Go's 'g' form: 0.1, 1e+06, NaN, +Inf.
void append_float(std::string& out, double value);
// The same digits in the API's form: no exponent unless |value| < 1e-6 or >= 1e21.
void append_float_json(std::string& out, double value);
// The same digits without an exponent, Go's 'f' form: 0.0000001, 1000000000000000000000.
void append_float_plain(std::string& out, double value);
// 'g' form with ".0" where it would look like an integer: le="1.0" (OpenMetrics canonical numbers).
void append_float_openmetrics(std::string& out, double value);

}  // namespace isobar
