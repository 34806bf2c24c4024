// Series of hosts: those of a real node_exporter as captured by host_capture.sh, carried on in time.
//
// A counter goes on by differences that were observed, drawn at random; any other series steps between values that were
// observed, by observed steps. Values keep the digits that the exporter printed. Deterministic by seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/labels.h"
#include "model/metadata.h"

namespace isobar::bench {

struct CapturedSeries {
  std::vector<std::pair<std::string, std::string>> labels;  // without job and instance
  bool counter = false;                                     // never fell while it was watched, and has moved as one
  int decimals = 0;                                         // of the printed values
  std::vector<double> values;                               // one per scrape
};

// Series that every file of the folder has.
Result<std::vector<CapturedSeries>> load_capture(const std::string& folder);

// Values of one series of one host, step by step.
class SeriesWalk {
 public:
  SeriesWalk(const CapturedSeries& series, std::uint64_t seed);
  double next();

 private:
  std::uint64_t draw(std::uint64_t below);

  const CapturedSeries& series_;
  std::uint64_t state_;
  std::vector<double> steps_;
  double value_;
  double least_;
  double most_;
};

model::Labels labels_of(const CapturedSeries& series, std::uint32_t host);

// When the host's scrape number `step` began, 15 s apart. They come on time to within 2 ms, which Prometheus aligns; one in
// fifty does not.
std::int64_t scrape_time(std::int64_t start_ms, std::uint32_t host, std::int64_t step);

}  // namespace isobar::bench
