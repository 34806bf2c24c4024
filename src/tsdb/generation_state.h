// Inside of a generation, shared by generation.cpp (fold, select) and generation_blocks.cpp (writing blocks).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/arena.h"
#include "base/hash.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/generation.h"
#include "tsdb/index/matching.h"
#include "tsdb/index/value_list.h"
#include "tsdb/pair_table.h"

namespace isobar::tsdb {

struct WaitingSample {
  std::int64_t timestamp;
  double value;
  std::int64_t start_timestamp;
  std::shared_ptr<const model::Histogram> histogram;  // null: a float
};

struct HeadSeries {
  // What most series never have.
  struct Extra {
    std::vector<WaitingSample> histograms;    // ascending
    std::vector<WaitingSample> out_of_order;  // as they came
  };
  std::uint32_t first_pair = 0;  // into State::series_pairs
  std::uint32_t pair_count = 0;
  std::int64_t min_time = INT64_MAX;
  std::int64_t last_time = INT64_MIN;  // of ascending samples
  FloatChunkBuilder open;
  std::vector<std::shared_ptr<const Chunk>> closed;
  std::unique_ptr<Extra> extra;
};

struct TenantHead {
  std::string name;
  boost::unordered_flat_map<Hash128, std::uint32_t, Hash128Hasher> by_hash;
  boost::unordered_flat_map<std::uint32_t, PostingsList> postings;  // by pair
  std::map<std::string, ValueList, std::less<>> pairs_by_name;
  Postings all;
  std::map<std::string, std::vector<model::Metadata>, std::less<>> metadata;
  std::map<std::uint32_t, std::vector<model::Exemplar>> exemplars;  // by series
  std::size_t exemplar_count = 0;
};

struct Generation::State {
  static constexpr std::uint32_t kSamplesPerChunk = 120;
  static constexpr std::size_t kSeriesPerPage = 256;
  static constexpr std::size_t kMaxExemplars = 100'000;    // per tenant and generation; further ones are dropped
  static constexpr std::size_t kMaxMetadataPerMetric = 5;  // sources that disagree
  static constexpr std::size_t kMaxMetadata = 100'000;
  // Slots of the tables with the slack of their growth: hash and number of a series and its place among all; postings
  // and place in the order of values of a pair.
  static constexpr std::size_t kBytesPerSeries = 48;
  static constexpr std::size_t kBytesPerValue = 44;

  explicit State(telemetry::MemoryBudget* budget_in) : budget(budget_in) {}

  telemetry::MemoryBudget* budget;
  PairTable pairs;
  std::vector<std::uint32_t> series_pairs;
  std::vector<std::unique_ptr<HeadSeries[]>> pages;
  std::uint32_t series_count = 0;
  std::map<std::string, std::unique_ptr<TenantHead>, std::less<>> tenants;
  GenerationStats stats;
  std::uint64_t chunk_bytes = 0;
  std::uint64_t index_bytes = 0;
  bool frozen = false;
  // Reused by apply().
  ingest_log::MetricsPayload payload;
  std::vector<std::uint32_t> refs;
  std::vector<Hash128> hashes;

  HeadSeries& series(std::uint32_t ref) { return pages[ref / kSeriesPerPage][ref % kSeriesPerPage]; }
  const HeadSeries& series(std::uint32_t ref) const { return pages[ref / kSeriesPerPage][ref % kSeriesPerPage]; }
  model::Labels labels_of(const HeadSeries& s) const;
  TenantHead& tenant(std::string_view name);
  const TenantHead* find_tenant(std::string_view name) const;

  Result<void> resolve_series(TenantHead& tenant);
  std::uint32_t add_series(TenantHead& tenant, std::string_view canonical);
  void append_float(HeadSeries& s, const ingest_log::MetricsPayload::FloatSample& sample);
  void append_histogram(HeadSeries& s, const ingest_log::MetricsPayload::HistogramSample& sample);
  void wait_out_of_order(HeadSeries& s, WaitingSample sample);
  void add_exemplar(TenantHead& tenant, std::uint32_t series, const model::Exemplar& exemplar);
  void add_metadata(TenantHead& tenant, const model::Metadata& entry);
  void account();
};

// The label index of one tenant of a generation. Values are known by their pair's number.
class HeadIndex final : public LabelIndex {
 public:
  HeadIndex(const Generation::State& state, const TenantHead& tenant) : state_(state), tenant_(tenant) {}
  void all(Postings& out) const override { out = tenant_.all; }
  std::uint32_t series_bound() const override { return state_.series_count; }
  std::optional<ValueId> find(std::string_view name, std::string_view value) const override;
  PostingsView postings(ValueId id) const override;
  std::size_t value_count(std::string_view name) const override;
  void values(std::string_view name, std::string_view prefix, const VisitValue& visit) const override;
  void names(const std::function<void(std::string_view)>& visit) const override;
  std::string_view value_of(std::uint32_t series, std::string_view name) const override;

 private:
  const Generation::State& state_;
  const TenantHead& tenant_;
};

// All samples of a series in [min, max], merged. `counts` collects what lost against an earlier sample.
Result<void> read_head_series(const HeadSeries& series, Timestamp min, Timestamp max, model::SampleColumns& out,
                              MergeCounts* counts);

}  // namespace isobar::tsdb
