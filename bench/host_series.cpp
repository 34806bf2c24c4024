#include "host_series.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "base/arena.h"
#include "exposition/exposition.h"

namespace isobar::bench {
namespace {

int decimals_of(double value) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  const std::string_view shown(text.data(), static_cast<std::size_t>(end - text.data()));
  const std::size_t point = shown.find('.');
  return point == std::string_view::npos ? 0 : static_cast<int>(std::min<std::size_t>(shown.size() - point - 1, 15));
}

// A double with `decimals` digits, as a program would read it from text.
double rounded(double value, int decimals) {
  if (!std::isfinite(value)) return value;
  std::array<char, 400> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals).ptr;
  double again = value;
  std::from_chars(text.data(), end, again);
  return again;
}

class Collect final : public exposition::Visitor {
 public:
  explicit Collect(std::map<std::string, CapturedSeries>& into) : into_(into) {}
  exposition::Next on_sample(const exposition::SampleEvent& sample) override {
    CapturedSeries& series = into_[std::string(sample.series)];
    if (series.labels.empty()) {
      Arena arena;
      std::vector<model::LabelView> labels;
      if (!exposition::decode_series(exposition::Format::kText, sample.series, sample.type, arena, labels)) return exposition::Next::kContinue;
      for (const model::LabelView& label : labels) series.labels.emplace_back(label.name, label.value);
      series.counter = sample.type == model::MetricType::kCounter || sample.type == model::MetricType::kHistogram || sample.type == model::MetricType::kSummary;
    }
    series.values.push_back(sample.value);
    return exposition::Next::kContinue;
  }

 private:
  std::map<std::string, CapturedSeries>& into_;
};

}  // namespace

Result<std::vector<CapturedSeries>> load_capture(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  if (files.size() < 2) return fail(Code::kNotFound, fmt::format("bench/host_capture.sh makes the scrapes that are missing here: {}", folder));
  std::sort(files.begin(), files.end());
  std::map<std::string, CapturedSeries> all;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    Collect collect(all);
    TRYV(exposition::parse(exposition::Format::kText, text.str(), collect));
  }
  std::vector<CapturedSeries> kept;
  for (auto& [name, series] : all) {
    if (series.values.size() != files.size()) continue;
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      series.decimals = std::max(series.decimals, decimals_of(series.values[i]));
      if (i > 0 && series.values[i] < series.values[i - 1]) series.counter = false;
    }
    kept.push_back(std::move(series));
  }
  return kept;
}

SeriesWalk::SeriesWalk(const CapturedSeries& series, std::uint64_t seed) : series_(series), state_(seed * 0x9e3779b97f4a7c15ULL + 1), value_(series.values[0]) {
  for (std::size_t i = 1; i < series.values.size(); ++i) steps_.push_back(series.values[i] - series.values[i - 1]);
  const auto [least, most] = std::minmax_element(series.values.begin(), series.values.end());
  least_ = *least;
  most_ = *most;
  // Hosts differ: counters start elsewhere, gauges at another moment of the capture.
  if (series.counter) {
    value_ = rounded(value_ * (0.5 + static_cast<double>(draw(1000)) / 1000), series.decimals);
  } else {
    value_ = series.values[draw(series.values.size())];
  }
}

std::uint64_t SeriesWalk::draw(std::uint64_t below) {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return (state_ >> 11) % below;
}

double SeriesWalk::next() {
  const double now = value_;
  if (!std::isfinite(now)) return now;
  double step = steps_[draw(steps_.size())];
  if (!series_.counter && (now + step < least_ || now + step > most_)) step = -step;
  if (!series_.counter && (now + step < least_ || now + step > most_)) step = 0;
  if (step != 0) value_ = rounded(now + step, series_.decimals);
  return now;
}

model::Labels labels_of(const CapturedSeries& series, std::uint32_t host) {
  std::vector<std::pair<std::string, std::string>> labels = series.labels;
  labels.emplace_back("instance", fmt::format("host-{:02}:9100", host));
  labels.emplace_back("job", "node");
  std::sort(labels.begin(), labels.end());
  std::string canonical;
  for (const auto& [name, value] : labels) {
    if (!value.empty()) model::append_canonical(canonical, name, value);
  }
  return model::Labels::from_canonical(std::move(canonical));
}

std::int64_t scrape_time(std::int64_t start_ms, std::uint32_t host, std::int64_t step) {
  const std::int64_t late = (step * 7919 + host * 104729) % 50 == 0 ? 3 + (step + host) % 9 : 0;
  return start_ms + host * 731 + step * 15'000 + late;
}

}  // namespace isobar::bench
