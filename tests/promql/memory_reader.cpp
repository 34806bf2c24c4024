#include "memory_reader.h"

#include "model/histogram_arithmetic.h"

namespace isobar::promqltest {
namespace {

class MemorySeries : public model::Series {
 public:
  MemorySeries(model::Labels labels, model::SampleColumns columns)
      : labels_(std::move(labels)), columns_(std::move(columns)) {}

  const model::Labels& labels() const override { return labels_; }
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::int64_t t = columns_.timestamps[i];
      if (t < min.ms || t > max.ms) continue;
      const std::int64_t start = columns_.start_timestamps.empty() ? 0 : columns_.start_timestamps[i];
      if (columns_.is_histogram(i)) {
        out.push_histogram(t, columns_.histograms[i], start);
      } else {
        out.push_float(t, columns_.values[i], start);
      }
    }
    return {};
  }
  std::size_t sample_count_bound() const override { return columns_.size(); }

 private:
  model::Labels labels_;
  model::SampleColumns columns_;
};

// Small batches, so that tests cross their borders.
class MemorySeriesSet : public model::SeriesSet {
 public:
  explicit MemorySeriesSet(std::vector<std::shared_ptr<const model::Series>> series)
      : series_(std::move(series)) {}
  Result<void> next(std::vector<std::shared_ptr<const model::Series>>& batch) override {
    batch.clear();
    while (batch.size() < 3 && next_ < series_.size()) batch.push_back(series_[next_++]);
    return {};
  }

 private:
  std::vector<std::shared_ptr<const model::Series>> series_;
  std::size_t next_ = 0;
};

bool matches(const model::Labels& labels, const std::vector<model::Matcher>& matchers) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const model::Matcher& m) { return m.matches(labels); });
}

}  // namespace

void MemoryReader::append(const model::Labels& labels, std::int64_t t, double value, std::int64_t start) {
  series_[labels][t] = {value, nullptr, start};
}

void MemoryReader::append(const model::Labels& labels, std::int64_t t, const model::Histogram& histogram,
                          std::int64_t start) {
  series_[labels][t] = {histogram.sum, std::make_shared<model::Histogram>(histogram), start};
}

model::SampleColumns MemoryReader::to_columns(const Samples& samples) {
  using Hint = model::CounterResetHint;
  model::SampleColumns columns;
  const model::Histogram* previous = nullptr;
  for (const auto& [t, sample] : samples) {
    if (!sample.histogram) {
      columns.push_float(t, sample.value, sample.start);
      previous = nullptr;
      continue;
    }
    auto h = std::make_shared<model::Histogram>(*sample.histogram);
    const bool gauge = h->reset_hint == Hint::kGauge;
    const bool continues = previous != nullptr && (previous->reset_hint == Hint::kGauge) == gauge;
    if (!gauge && h->reset_hint != Hint::kReset) {
      h->reset_hint = Hint::kUnknown;
      if (continues && !model::detect_reset(*h, *previous)) h->reset_hint = Hint::kNotReset;
    }
    previous = sample.histogram.get();
    columns.push_histogram(t, std::move(h), sample.start);
  }
  return columns;
}

Result<std::unique_ptr<model::SeriesSet>> MemoryReader::select(const model::SelectRequest& request,
                                                               const model::ReadContext&) {
  std::vector<std::shared_ptr<const model::Series>> found;
  for (const auto& [labels, samples] : series_) {
    if (matches(labels, request.matchers))
      found.push_back(std::make_shared<MemorySeries>(labels, to_columns(samples)));
  }
  return std::unique_ptr<model::SeriesSet>(std::make_unique<MemorySeriesSet>(std::move(found)));
}

Result<std::vector<std::string>> MemoryReader::label_names(const model::SelectRequest&,
                                                           const model::ReadContext&) {
  return std::vector<std::string>{};
}
Result<std::vector<std::string>> MemoryReader::label_values(const std::string&, const model::SelectRequest&,
                                                            const model::ReadContext&) {
  return std::vector<std::string>{};
}
Result<std::vector<model::SeriesExemplars>> MemoryReader::exemplars(const model::SelectRequest&,
                                                                    const model::ReadContext&) {
  return std::vector<model::SeriesExemplars>{};
}
Result<std::vector<model::Metadata>> MemoryReader::metadata(const std::vector<std::string>&,
                                                            const std::string&, const model::ReadContext&) {
  return std::vector<model::Metadata>{};
}

}  // namespace isobar::promqltest
