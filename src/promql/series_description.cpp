#include "promql/series_description.h"

#include "base/duration_text.h"
#include "model/histogram_arithmetic.h"
#include "model/sample.h"
#include "promql/number_text.h"
#include "promql/parser.h"

namespace isobar::promql {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The items of a sequence: separated by blanks, but blanks within {{ }} belong to an item.
std::vector<std::string_view> split_items(std::string_view text) {
  std::vector<std::string_view> items;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    int depth = 0;
    while (at < text.size() && (depth > 0 || !is_space(text[at]))) {
      if (text[at] == '{') ++depth;
      if (text[at] == '}') --depth;
      ++at;
    }
    items.push_back(text.substr(start, at - start));
  }
  return items;
}

// Where the series ends and its sequence begins: after the closing brace, or the name.
std::size_t series_end(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && !is_space(line[at]) && line[at] != '{' && line[at] != '@') ++at;
  if (at >= line.size() || line[at] != '{') return at;
  char quote = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (quote != 0) {
      if (c == '\\' && quote != '`') ++at;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '}') {
      return at + 1;
    }
  }
  return line.size();
}

Result<model::Labels> parse_labels(std::string_view text) {
  if (text == "{}") return model::Labels{};
  TRY(const std::vector<model::Matcher> matchers, parse_series_selector(text));
  model::LabelsBuilder builder;
  for (const model::Matcher& m : matchers) {
    if (m.type() != model::MatchType::kEqual)
      return fail(Code::kInvalid, fmt::format("not a label set: {}", text));
    builder.set(m.name(), m.value());
  }
  return builder.build();
}

// "…x5": splits the count off. Without one, count is 0 and the item a single value.
struct Repeated {
  std::string_view body;
  std::size_t count = 0;
  bool repeated = false;
};
Repeated split_repeat(std::string_view item) {
  const std::size_t x = item.rfind('x');
  if (x == std::string_view::npos || x + 1 == item.size()) return {item};
  std::size_t count = 0;
  for (const char c : item.substr(x + 1)) {
    if (c < '0' || c > '9' || count > 10'000'000) return {item};
    count = count * 10 + static_cast<std::size_t>(c - '0');
  }
  return {item.substr(0, x), count, true};
}

// The sign that separates start and increment: not the first character and not that of an exponent.
std::size_t find_increment(std::string_view body) {
  for (std::size_t i = 1; i < body.size(); ++i) {
    const bool sign = body[i] == '+' || body[i] == '-';
    if (sign && body[i - 1] != 'e' && body[i - 1] != 'E') return i;
  }
  return std::string_view::npos;
}

tl::unexpected<Error> bad_item(std::string_view item) {
  return fail(Code::kInvalid, fmt::format("not a value of a series: \"{}\"", item));
}

Result<void> append_numbers(std::string_view item, std::vector<SequenceValue>& out) {
  const Repeated r = split_repeat(item);
  const std::size_t sign = r.repeated ? find_increment(r.body) : std::string_view::npos;
  const std::optional<double> first = parse_signed_number(r.body.substr(0, sign));
  std::optional<double> increment = 0.0;
  if (sign != std::string_view::npos) increment = parse_signed_number(r.body.substr(sign));
  if (!first || !increment) return bad_item(item);
  double value = *first;
  for (std::size_t i = 0; i <= r.count; ++i) {
    out.push_back({false, value, nullptr, false});
    value += *increment;
  }
  return {};
}

Result<void> append_histograms(std::string_view item, std::vector<SequenceValue>& out) {
  const std::size_t first_end = item.find("}}");
  if (first_end == std::string_view::npos) return bad_item(item);
  bool hint_given = false;
  TRY(model::Histogram current, parse_histogram_description(item.substr(2, first_end - 2), hint_given));
  std::string_view rest = item.substr(first_end + 2);
  model::Histogram increment;
  bool subtract = false;
  bool steps = false;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    subtract = rest[0] == '-';
    const std::size_t end = rest.find("}}");
    if (end == std::string_view::npos || rest.substr(1, 2) != "{{") return bad_item(item);
    bool ignored = false;
    TRY(increment, parse_histogram_description(rest.substr(3, end - 3), ignored));
    rest = rest.substr(end + 2);
    steps = true;
  }
  const Repeated r = split_repeat(rest);
  if (!r.body.empty()) return bad_item(item);
  for (std::size_t i = 0; i <= r.count; ++i) {
    out.push_back({false, current.sum, std::make_shared<const model::Histogram>(current), hint_given});
    if (!steps || i == r.count) continue;
    const model::HistogramJoin join =
        subtract ? model::subtract(current, increment) : model::add(current, increment);
    if (join.incompatible)
      return fail(Code::kInvalid, fmt::format("histograms cannot be combined: {}", item));
  }
  return {};
}

Result<void> append_item(std::string_view item, std::vector<SequenceValue>& out) {
  if (item.starts_with("{{")) return append_histograms(item, out);
  if (item == "stale") {
    out.push_back({false, model::stale_nan(), nullptr, false});
    return {};
  }
  if (item[0] == '_') {
    const Repeated r = split_repeat(item);
    if (r.body != "_") return bad_item(item);
    for (std::size_t i = 0; i < (r.repeated ? r.count : 1); ++i) out.push_back({true, 0, nullptr, false});
    return {};
  }
  return append_numbers(item, out);
}

Result<std::int64_t> parse_signed_duration(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  TRY(const Duration duration, parse_duration(text));
  return negative ? -duration.ms : duration.ms;
}

Result<void> append_start(std::string_view item, std::vector<std::int64_t>& out) {
  const Repeated r = split_repeat(item);
  if (r.body == "_") {
    out.insert(out.end(), r.repeated ? r.count : 1, kNoStart);
    return {};
  }
  const std::size_t sign = find_increment(r.body);
  TRY(std::int64_t value, parse_signed_duration(r.body.substr(0, sign)));
  std::int64_t increment = 0;
  if (sign != std::string_view::npos) {
    TRY(increment, parse_signed_duration(r.body.substr(sign)));
  }
  for (std::size_t i = 0; i <= r.count; ++i) {
    out.push_back(value);
    value += increment;
  }
  return {};
}

Result<std::vector<double>> parse_list(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return bad_item(text);
  std::vector<double> numbers;
  for (const std::string_view item : split_items(text.substr(1, text.size() - 2))) {
    const std::optional<double> number = parse_signed_number(item);
    if (!number) return bad_item(item);
    numbers.push_back(*number);
  }
  return numbers;
}

Result<model::CounterResetHint> parse_hint(std::string_view text) {
  if (text == "unknown") return model::CounterResetHint::kUnknown;
  if (text == "reset") return model::CounterResetHint::kReset;
  if (text == "not_reset") return model::CounterResetHint::kNotReset;
  if (text == "gauge") return model::CounterResetHint::kGauge;
  return bad_item(text);
}

struct Offsets {
  std::int32_t positive = 0;
  std::int32_t negative = 0;
};

Result<void> set_field(model::Histogram& h, Offsets& offsets, std::string_view key, std::string_view value,
                       bool& hint_given) {
  if (key == "buckets" || key == "n_buckets" || key == "custom_values") {
    TRY(std::vector<double> list, parse_list(value));
    (key == "buckets"     ? h.positive_buckets
     : key == "n_buckets" ? h.negative_buckets
                          : h.custom_values) = std::move(list);
    return {};
  }
  if (key == "counter_reset_hint") {
    hint_given = true;
    TRY(h.reset_hint, parse_hint(value));
    return {};
  }
  const std::optional<double> number = parse_signed_number(value);
  if (!number) return bad_item(value);
  if (key == "schema") {
    h.schema = static_cast<std::int8_t>(*number);
  } else if (key == "count") {
    h.count = *number;
  } else if (key == "sum") {
    h.sum = *number;
  } else if (key == "z_bucket") {
    h.zero_count = *number;
  } else if (key == "z_bucket_w") {
    h.zero_threshold = *number;
  } else if (key == "offset") {
    offsets.positive = static_cast<std::int32_t>(*number);
  } else if (key == "n_offset") {
    offsets.negative = static_cast<std::int32_t>(*number);
  } else {
    return fail(Code::kInvalid, fmt::format("unknown field of a histogram: \"{}\"", key));
  }
  return {};
}

}  // namespace

Result<model::Histogram> parse_histogram_description(std::string_view text, bool& hint_given) {
  model::Histogram h;
  Offsets offsets;
  hint_given = false;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at >= text.size()) break;
    const std::size_t colon = text.find(':', at);
    if (colon == std::string_view::npos) return bad_item(text.substr(at));
    std::size_t end = colon + 1;
    if (end < text.size() && text[end] == '[') {
      end = std::min(text.find(']', end), text.size() - 1) + 1;
    } else {
      while (end < text.size() && !is_space(text[end])) ++end;
    }
    TRYV(set_field(h, offsets, text.substr(at, colon - at), text.substr(colon + 1, end - colon - 1),
                   hint_given));
    at = end;
  }
  if (!h.positive_buckets.empty()) {
    h.positive_spans = {{offsets.positive, static_cast<std::uint32_t>(h.positive_buckets.size())}};
  }
  if (!h.negative_buckets.empty()) {
    h.negative_spans = {{offsets.negative, static_cast<std::uint32_t>(h.negative_buckets.size())}};
  }
  return h;
}

Result<SeriesDescription> parse_series_description(std::string_view line) {
  line = trim(line);
  SeriesDescription series;
  const std::size_t end = series_end(line);
  TRY(series.labels, parse_labels(line.substr(0, end)));
  std::string_view rest = line.substr(end);
  if (rest.starts_with("@st")) {
    series.is_start_timestamps = true;
    rest.remove_prefix(3);
    for (const std::string_view item : split_items(rest)) TRYV(append_start(item, series.starts));
    return series;
  }
  for (const std::string_view item : split_items(rest)) TRYV(append_item(item, series.values));
  return series;
}

}  // namespace isobar::promql
