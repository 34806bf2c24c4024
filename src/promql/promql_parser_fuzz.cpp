// print() is a fixpoint of parsing: what parses, prints to a text that parses and prints the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "promql/parser.h"
#include "promql/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto features = isobar::promql::Features::all();
  const auto first = isobar::promql::parse(text, features);
  if (!first) return 0;
  const std::string printed = isobar::promql::print(**first);
  const auto second = isobar::promql::parse(printed, features);
  CHECK(second.has_value());
  CHECK(isobar::promql::print(**second) == printed);
  CHECK(isobar::promql::parse(isobar::promql::format(**first), features).has_value());
  return 0;
}
