// A SeriesReader over samples that a test script loaded. Sorted by labels, tenants ignored. Histograms get
// the reset hints that a storage gives: "not reset" within a run of one counter, "unknown" at its start,
// "gauge" for gauges.
#pragma once

#include <map>

#include "model/series_reader.h"

namespace isobar::promqltest {

class MemoryReader : public model::SeriesReader {
 public:
  void clear() { series_.clear(); }
  // A sample at the time of an earlier one replaces it.
  void append(const model::Labels& labels, std::int64_t t, double value, std::int64_t start);
  void append(const model::Labels& labels, std::int64_t t, const model::Histogram& histogram,
              std::int64_t start);

  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request,
                                                   const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_names(const model::SelectRequest&,
                                               const model::ReadContext&) override;
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&,
                                                const model::ReadContext&) override;
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&,
                                                        const model::ReadContext&) override;
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&,
                                                const model::ReadContext&) override;

 private:
  struct Sample {
    double value = 0;
    std::shared_ptr<model::Histogram> histogram;
    std::int64_t start = 0;
  };
  using Samples = std::map<std::int64_t, Sample>;
  static model::SampleColumns to_columns(const Samples& samples);

  std::map<model::Labels, Samples> series_;
};

}  // namespace isobar::promqltest
