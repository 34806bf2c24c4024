// Numbers as PromQL reads and writes them. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isobar::model {
struct Histogram;
}

namespace isobar::promql {

// 1, .5, 1e3, 0x1f, 010 (octal), inf, nan (any case), without a sign. Nothing if it is none.
std::optional<double> parse_number(std::string_view text);
// As parse_number with an optional sign: a label value or script constant.
std::optional<double> parse_signed_number(std::string_view text);
// The shortest text that reads back as the same value: 1, 0.1, 1e+21, +Inf, NaN.
std::string number_text(double value);

// As number_text but never with an exponent: label values of count_values.
std::string fixed_text(double value);
// {count:3, sum:4.5, (1,2]:3}: buckets that count something, from low to high.
std::string histogram_text(const model::Histogram& histogram);
// In double quotes, with what does not print (and bytes that are no UTF-8) as \\x escapes.
std::string quoted_text(std::string_view text);

}  // namespace isobar::promql
