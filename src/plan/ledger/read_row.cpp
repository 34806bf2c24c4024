#include "plan/ledger/read_row.h"

#include <fmt/format.h>

namespace isobar::plan {

Origin origin_of(const YamlNode& node, const YamlProblems& problems) { return {problems.file(), node.line}; }

void read_expression(YamlMap& map, std::string_view key, std::string_view fallback, Expression& out) {
  const YamlNode* node = map.get(key);
  std::string text(fallback);
  if (node != nullptr) bind(*node, text, map.problems());
  Result<Expression> parsed = Expression::parse(text);
  if (parsed) {
    out = *std::move(parsed);
  } else {
    map.problems().add(node == nullptr ? map.line() : node->line, parsed.error().message);
  }
}

void read_number(YamlMap& map, std::string_view key, Rational& out, bool required) {
  const YamlNode* node = map.get(key);
  if (node == nullptr) {
    if (required) map.problems().add(map.line(), fmt::format("a number is missing: {}", key));
    return;
  }
  const Result<Rational> parsed = Rational::parse(node->scalar);
  if (!parsed) {
    map.problems().add(*node, fmt::format("{}: {}", key, parsed.error().message));
  } else if (parsed->is_negative()) {
    map.problems().add(*node, fmt::format("{} must not be negative: {}", key, node->scalar));
  } else {
    out = *parsed;
  }
}

void read_source(YamlMap& map, Source& source, bool required) {
  const bool has_text = map.field("source", source.text);
  const bool has_date = map.field("date", source.date);
  if (required && (!has_text || !has_date)) {
    map.problems().add(map.line(), "a figure needs its source and its date: source: where it stands, date: 2026-07-20");
  }
  const std::string& d = source.date;
  const bool shaped = d.empty() || ((d.size() == 7 || d.size() == 10) && d[4] == '-' && (d.size() == 7 || d[7] == '-'));
  if (!shaped) map.problems().add(map.line(), fmt::format("date must be YYYY-MM-DD or YYYY-MM: {}", d));
}

void read_id(YamlMap& map, std::string& id) {
  if (!map.field("id", id)) map.problems().add(map.line(), "id is missing");
}

}  // namespace isobar::plan
