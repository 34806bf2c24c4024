// Samples on their way in, from any door: remote write, scrape, host metrics, rules. `ingest/` turns a batch into log
// records; the doors know only SampleSink.
//
// Series are views of canonical label bytes (model/labels.h) that the door keeps alive until write() returns, so a
// door that knows its series (scrape) builds no string, and one that does not (remote write) uses one arena.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "model/exemplar.h"
#include "model/histogram.h"
#include "model/metadata.h"

namespace isobar::model {

struct WriteBatch {
  struct FloatSample {
    std::uint32_t series;  // index into `series`
    std::int64_t timestamp;
    double value;
    std::int64_t start_timestamp = 0;  // 0: unknown
  };
  struct HistogramSample {
    std::uint32_t series;
    std::int64_t timestamp;
    std::shared_ptr<const Histogram> histogram;
    std::int64_t start_timestamp = 0;
  };
  struct ExemplarSample {
    std::uint32_t series;
    Exemplar exemplar;
  };

  // What admission asks of a series, from a door that saw it anyway. Views live as long as the series; empty: no
  // such label.
  struct Outline {
    std::string_view job;
    std::string_view instance;
    std::uint32_t labels = 0;   // 0: nothing is known, the series has to be walked
    std::uint32_t longest = 0;  // no name and no value has more bytes
    // Bytes of the canonical set that are the same in the set of the series before, from either end; they do not
    // overlap in either. At least so many: 0 says nothing.
    std::uint32_t head = 0;
    std::uint32_t tail = 0;
  };

  std::vector<std::string_view> series;  // canonical, valid, non-empty label sets
  std::vector<Outline> outlines;         // of each series, or none at all
  Hash128 digest{};  // of the request as it came, the same when it is sent again; zero: there was no request
  std::vector<FloatSample> floats;
  std::vector<HistogramSample> histograms;
  std::vector<ExemplarSample> exemplars;
  std::vector<Metadata> metadata;

  std::uint32_t add_series(std::string_view canonical) {
    series.push_back(canonical);
    return static_cast<std::uint32_t>(series.size() - 1);
  }
  bool empty() const { return floats.empty() && histograms.empty() && exemplars.empty() && metadata.empty(); }
  // Keeps the capacity, for doors that write again and again.
  void clear() {
    series.clear();
    outlines.clear();
    digest = {};
    floats.clear();
    histograms.clear();
    exemplars.clear();
    metadata.clear();
  }
};

class SampleSink {
 public:
  virtual ~SampleSink() = default;
  // Returns once everything is durable in the ingest log. kUnavailable: the outcome is unknown, write it again (a
  // repeated sample changes nothing). kRateLimited: nothing was written. Thread-safe; may block on the log.
  virtual Result<void> write(std::string_view tenant, const WriteBatch& batch) = 0;
};

}  // namespace isobar::model
