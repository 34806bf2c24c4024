// A generation: everything that one partition received between two cuts, in memory.
//
// While active it is owned by its shard: apply() and select() run there, and select() copies what still grows, so its
// result may be read anywhere. After freeze() it never changes and every const member is thread-safe.
//
// Identity is (tenant, series, timestamp); of equal ones the first applied wins, so applying a record twice changes
// nothing. Samples come in any order: ascending ones are packed at once, others wait beside and are merged on reading.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest_log/ingest_log.h"
#include "ingest_log/metrics_payload.h"
#include "ingest_log/record.h"
#include "model/exemplar.h"
#include "model/matcher.h"
#include "model/metadata.h"
#include "telemetry/memory_budget.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {

struct SelectedSeries {
  model::Labels labels;
  std::shared_ptr<const SampleRun> run;
  // The same downsampled, exact for the request if nothing else has samples in between; null: there is none.
  std::shared_ptr<const SampleRun> coarse = nullptr;
};

struct GenerationStats {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t bytes = 0;
  Timestamp first_ingest;  // of the first record; decides the age
  Timestamp min_time = Timestamp::max();  // of samples
  Timestamp max_time = Timestamp::min();
};

class Generation : public std::enable_shared_from_this<Generation> {
 public:
  struct State;  // head/generation_state.h

  // `budget` counts the bytes held until the generation dies; may be null.
  Generation(ingest_log::Position first, telemetry::MemoryBudget* budget);
  ~Generation();

  // Folds one data record. kCorrupt changes nothing.
  Result<void> apply(const ingest_log::Record& record);
  void freeze(ingest_log::Position end);

  bool empty() const;
  ingest_log::Position first() const { return first_; }
  ingest_log::Position end() const { return end_; }
  GenerationStats stats() const;
  // Series whose newest sample is older. Looks at each.
  std::uint64_t series_silent_since(Timestamp time) const;

  // Series of the tenant that match and have samples in [min, max]; unordered.
  void select(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
              std::vector<SelectedSeries>& out) const;
  // Label sets only.
  void select_labels(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                     std::vector<model::Labels>& out) const;
  void exemplars(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                 std::vector<model::SeriesExemplars>& out) const;
  void metadata(std::string_view tenant, std::string_view metric, std::vector<model::Metadata>& out) const;
  std::vector<std::string> tenants() const;
  std::uint64_t series_of(std::string_view tenant) const;
  bool knows(std::string_view tenant, const Hash128& series) const;
  // Label values by number of series, names by number of values and bytes; for status pages. Largest first.
  struct Cardinality {
    std::vector<std::pair<std::string, std::uint64_t>> series_by_metric;
    std::vector<std::pair<std::string, std::uint64_t>> values_by_label;
    std::vector<std::pair<std::string, std::uint64_t>> bytes_by_label;
    std::vector<std::pair<std::string, std::uint64_t>> series_by_pair;
    std::uint64_t pairs = 0;
  };
  void cardinality(std::string_view tenant, Cardinality& into) const;

 private:
  friend class GenerationBlocks;

  ingest_log::Position first_;
  ingest_log::Position end_;
  std::unique_ptr<State> state_;
};

}  // namespace isobar::tsdb
