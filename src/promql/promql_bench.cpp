// Time per sample of common queries over synthetic series in memory: 10,000 series, a sample every 15 s for
// an hour.
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "promql/engine.h"

namespace isobar::promql {
namespace {

constexpr std::size_t kSeries = 10'000;
constexpr std::int64_t kInterval = 15'000;
constexpr std::int64_t kEnd = 3'600'000;

class OneSeries : public model::Series {
 public:
  explicit OneSeries(std::size_t n)
      : n_(n),
        labels_{{"__name__", "m_total"},
                {"job", std::to_string(n % 20)},
                {"instance", fmt::format("i{:05}", n)}} {}
  const model::Labels& labels() const override { return labels_; }
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    for (std::int64_t t = std::max<std::int64_t>(0, (min.ms / kInterval) * kInterval);
         t <= std::min(max.ms, kEnd); t += kInterval) {
      if (t >= min.ms)
        out.push_float(t, static_cast<double>(t / 1000 * static_cast<std::int64_t>(n_ % 7 + 1)));
    }
    return {};
  }
  std::size_t sample_count_bound() const override { return kEnd / kInterval + 1; }

 private:
  std::size_t n_;
  model::Labels labels_;
};

class Reader : public model::SeriesReader {
 public:
  Reader() {
    for (std::size_t n = 0; n < kSeries; ++n) series_.push_back(std::make_shared<OneSeries>(n));
  }
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest&,
                                                   const model::ReadContext&) override {
    return std::unique_ptr<model::SeriesSet>(std::make_unique<Set>(series_));
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest&,
                                               const model::ReadContext&) override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&,
                                                const model::ReadContext&) override {
    return std::vector<std::string>{};
  }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&,
                                                        const model::ReadContext&) override {
    return std::vector<model::SeriesExemplars>{};
  }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&,
                                                const model::ReadContext&) override {
    return std::vector<model::Metadata>{};
  }

 private:
  class Set : public model::SeriesSet {
   public:
    explicit Set(const std::vector<std::shared_ptr<const model::Series>>& series) : series_(series) {}
    Result<void> next(std::vector<std::shared_ptr<const model::Series>>& batch) override {
      batch.clear();
      while (batch.size() < 256 && next_ < series_.size()) batch.push_back(series_[next_++]);
      return {};
    }

   private:
    const std::vector<std::shared_ptr<const model::Series>>& series_;
    std::size_t next_ = 0;
  };
  std::vector<std::shared_ptr<const model::Series>> series_;
};

void run() {
  Reader reader;
  const Engine engine{EngineOptions{}};
  for (const std::string_view query :
       {"count(m_total)", "sum(m_total)", "sum by (job) (rate(m_total[5m]))", "max_over_time(m_total[10m])",
        "topk(5, rate(m_total[5m]))", "m_total / on (instance) m_total",
        "histogram_quantile(0.9, label_replace(m_total, \"le\", \"+Inf\", \"\", \"\"))"}) {
    telemetry::MemoryBudget budget("query", 0, "");
    const Cancellation cancellation;
    model::Warnings warnings;
    const auto start = std::chrono::steady_clock::now();
    const auto result = engine.range(reader, {budget, cancellation, warnings}, {"t"}, query,
                                     Timestamp{600'000}, Timestamp{kEnd}, Duration::seconds(30));
    const double ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (!result) {
      fmt::print("{}: {}\n", query, result.error().message);
      continue;
    }
    const auto samples = static_cast<double>(result->stats.samples_read);
    fmt::print("{:75} {:8.1f} ms {:6.1f} ns/sample read, peak {:.1f} MB\n", query, ms, ms * 1e6 / samples,
               static_cast<double>(budget.peak_bytes()) / 1e6);
  }
}

}  // namespace
}  // namespace isobar::promql

int main() {
  isobar::promql::run();
}
