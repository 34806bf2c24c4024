#include "exposition/created_lines.h"

#include <cmath>

#include "codec/number_text.h"
#include "exposition/text_scan.h"

namespace isobar::exposition {
namespace {

constexpr double kMaxMillis = 9.2e18;

// The end of the series part of a line, or null.
const char* series_end(const char* at, const char* end) {
  at = skip_name(at, end);
  const char* const labels = skip_blanks(at, end);
  return labels != end && *labels == '{' ? skip_label_set(labels, end) : at;
}

}  // namespace

void CreatedLines::read_family(std::string_view family, model::MetricType type, std::string_view lines) {
  starts_.clear();
  type_ = type;
  if (type != model::MetricType::kCounter && type != model::MetricType::kHistogram &&
      type != model::MetricType::kSummary) {
    return;
  }
  const std::string name = std::string(family) + "_created";
  for (std::size_t at = lines.find(name); at != std::string_view::npos; at = lines.find(name, at + name.size())) {
    std::size_t begin = at;
    if (begin >= 2 && lines.substr(begin - 2, 2) == "{\"") begin -= 2;
    if (begin != 0 && lines[begin - 1] != '\n') continue;
    const std::string_view line = lines.substr(begin, lines.find('\n', begin) - begin);
    const char* const end = line.data() + line.size();
    const char* const series = series_end(line.data(), end);
    if (series == nullptr) continue;
    const char* const number = skip_blanks(series, end);
    const char* number_end = number;
    while (number_end != end && !is_blank(*number_end)) ++number_end;
    const auto seconds = parse_float({number, static_cast<std::size_t>(number_end - number)});
    if (!seconds || !std::isfinite(*seconds) || std::abs(*seconds * 1000) > kMaxMillis) continue;
    const std::string key = key_of({line.data(), static_cast<std::size_t>(series - line.data())});
    starts_[key] = static_cast<std::int64_t>(*seconds * 1000);
  }
}

std::string CreatedLines::key_of(std::string_view series) const {
  Arena arena;
  std::vector<model::LabelView> labels;
  if (!decode_series(Format::kOpenMetrics, series, type_, arena, labels)) return {};
  std::erase_if(labels, [](const model::LabelView& label) {
    return label.name == model::kMetricName || label.name == "le" || label.name == "quantile";
  });
  return model::Labels::from_pairs(std::move(labels)).encoded();
}

std::int64_t CreatedLines::find(std::string_view series) const {
  const auto found = starts_.find(key_of(series));
  return found == starts_.end() ? 0 : found->second;
}

}  // namespace isobar::exposition
