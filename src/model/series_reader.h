// How a query language reads metrics, whatever stores them. promql/ knows this interface and no storage; tsdb/,
// follower/ and tests implement it.
//
// A query calls select() once per selector. Series come in batches; each Series is an immutable handle that keeps the
// chunks it needs alive, so it may be read on any thread, at any time, more than once, also after newer data arrived.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/time.h"
#include "model/exemplar.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/metadata.h"
#include "model/sample.h"
#include "telemetry/memory_budget.h"

namespace isobar::model {

// Warnings that travel with a result ("block X is damaged and was left out"). Thread-safe.
class Warnings {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    for (const auto& known : texts_) {
      if (known == text) return;
    }
    texts_.push_back(std::move(text));
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::move(texts_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> texts_;
};

// What one query carries through every layer. Members outlive the query; all are thread-safe.
struct ReadContext {
  telemetry::MemoryBudget& budget;      // bytes that the query may hold
  const Cancellation& cancellation;     // polled at least once per batch
  Warnings& warnings;
};

// Which properties of the samples of a window decide what becomes of it, and of a selector without a range: the last
// sample before each time. Bits.
enum SampleUse : std::uint8_t {
  kUsesEnds = 1,       // the first and the last sample, and whether there is any
  kUsesCount = 2,      // how many there are
  kUsesSum = 4,        // the sum of the values
  kUsesExtremes = 8,   // the smallest and the largest float
  kUsesResets = 16,    // where a counter starts anew, and its values beside that
  kUsesEverySample = 128,
};

struct SelectRequest {
  std::vector<std::string> tenants;  // at least one; several add the label __tenant_id__
  std::vector<Matcher> matchers;     // all must match
  Timestamp min;                     // both inclusive
  Timestamp max;
  // Hints; an implementation may ignore them.
  Duration step{0};            // 0: instant
  Duration range{0};           // 0: not a range selector
  std::string function;        // innermost function around the selector
  // Every edge of every window (of a selector without a range: every time) is a multiple of it; zero: unknown. With it and
  // `use`, samples may be given that stand for others (SampleColumns::weights), if the result is the same.
  Duration grid{0};
  std::uint8_t use = kUsesEverySample;
  std::size_t limit = 0;       // 0: all
};

class Series {
 public:
  virtual ~Series() = default;
  virtual const Labels& labels() const = 0;
  // Appends the samples with min <= t <= max to `out`: ascending, each timestamp once, stale markers included.
  // Bytes of `out` are the caller's to account for. Damaged chunks are Code::kCorrupt.
  virtual Result<void> read(Timestamp min, Timestamp max, SampleColumns& out) const = 0;
  // An upper bound of the number of samples, for budgets.
  virtual std::size_t sample_count_bound() const = 0;
  // How far apart samples may lie because those between were left out (downsampled, the others are gone); zero: none were.
  virtual Duration resolution() const { return {}; }
};

class SeriesSet {
 public:
  virtual ~SeriesSet() = default;
  // Fills `batch` (cleared first) with the next series, sorted by labels over the whole set; empty at the end.
  virtual Result<void> next(std::vector<std::shared_ptr<const Series>>& batch) = 0;
};

class SeriesReader {
 public:
  virtual ~SeriesReader() = default;

  // Errors: kUnprocessable past the budget, kCancelled/kTimeout, kUnavailable. A damaged part of the storage is a
  // warning when the rest can be served.
  virtual Result<std::unique_ptr<SeriesSet>> select(const SelectRequest& request, const ReadContext& context) = 0;

  // Label names, or values of one name, of the matching series; sorted, unique. No matchers: of all series.
  virtual Result<std::vector<std::string>> label_names(const SelectRequest& request, const ReadContext& context) = 0;
  virtual Result<std::vector<std::string>> label_values(const std::string& name, const SelectRequest& request,
                                                        const ReadContext& context) = 0;
  // Exemplars of the matching series within [min, max], sorted by series.
  virtual Result<std::vector<SeriesExemplars>> exemplars(const SelectRequest& request, const ReadContext& context) = 0;
  // Metadata by metric name; `metric` empty: all. Several entries per name where sources disagree.
  virtual Result<std::vector<Metadata>> metadata(const std::vector<std::string>& tenants, const std::string& metric,
                                                 const ReadContext& context) = 0;
};

}  // namespace isobar::model
