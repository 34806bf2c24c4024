// Inside of a generation, shared by generation.cpp (fold, select), head_index.cpp and generation_blocks.cpp.
#pragma once

#include <map>

#include "base/hash.h"
#include "base/paged_array.h"
#include "tsdb/generation.h"
#include "tsdb/head/head_series.h"
#include "tsdb/head/series_table.h"
#include "tsdb/index/matching.h"
#include "tsdb/index/value_list.h"
#include "tsdb/pair_table.h"

namespace isobar::tsdb {

struct TenantHead {
  std::string name;
  SeriesTable by_hash;
  PairTable pairs;
  PagedArray<PostingsList, 256> postings;  // by pair
  std::map<std::string, ValueList, std::less<>> pairs_by_name;
  PostingsList all;
  std::uint32_t newest = SeriesTable::kUnknown;  // the series added last
  std::map<std::string, std::vector<model::Metadata>, std::less<>> metadata;
  std::map<std::uint32_t, std::vector<model::Exemplar>> exemplars;  // by series
  std::size_t exemplar_count = 0;
};

struct Generation::State {
  static constexpr std::size_t kMaxExemplars = 100'000;    // per tenant and generation; further ones are dropped
  static constexpr std::size_t kMaxMetadataPerMetric = 5;  // sources that disagree
  static constexpr std::size_t kMaxMetadata = 100'000;
  // Its place in the order of values, with the slack of growth.
  static constexpr std::size_t kBytesPerValue = 8;
  // In `series_pairs`, at the last pair of a series.
  static constexpr std::uint32_t kLastPair = 1U << 31;
  static constexpr std::uint32_t kNoPair = kLastPair - 1;  // of a series without labels

  explicit State(telemetry::MemoryBudget* budget_in) : budget(budget_in) {}

  telemetry::MemoryBudget* budget;
  PagedArray<HeadSeries, 256> series;
  SeriesHashes series_hashes;
  PagedArray<std::uint32_t, 4096> series_pairs;
  HeadMemory memory;
  std::map<std::string, std::unique_ptr<TenantHead>, std::less<>> tenants;
  GenerationStats stats;
  AppendCounts counts;
  std::uint64_t index_bytes = 0;  // what is counted as it comes: postings, values, exemplars, metadata
  bool frozen = false;
  // Reused by apply().
  ingest_log::MetricsPayload payload;
  std::vector<std::uint32_t> refs;
  std::vector<Hash128> hashes;

  std::uint32_t series_count() const { return static_cast<std::uint32_t>(series.size()); }
  // The pairs of a series, in order of names; `visit` says false to end.
  template <typename Visit>
  void each_pair(const HeadSeries& s, const Visit& visit) const {
    for (std::uint32_t at = s.first_pair;; ++at) {
      const std::uint32_t pair = series_pairs[at] & ~kLastPair;
      if (pair == kNoPair || !visit(pair) || (series_pairs[at] & kLastPair) != 0) return;
    }
  }
  model::Labels labels_of(const TenantHead& tenant, const HeadSeries& s) const;
  TenantHead& tenant(std::string_view name);
  const TenantHead* find_tenant(std::string_view name) const;

  Result<void> resolve_series(TenantHead& tenant);
  std::uint32_t add_series(TenantHead& tenant, std::string_view canonical, const Hash128& hash);
  std::uint32_t intern(TenantHead& tenant, std::string_view canonical_pair, std::string_view name);
  void append_samples();
  void add_exemplar(TenantHead& tenant, std::uint32_t series, const model::Exemplar& exemplar);
  void add_metadata(TenantHead& tenant, const model::Metadata& entry);
  std::uint64_t bytes() const;
  void account();
};

// The label index of one tenant of a generation. Values are known by their pair's number.
class HeadIndex final : public LabelIndex {
 public:
  HeadIndex(const Generation::State& state, const TenantHead& tenant) : state_(state), tenant_(tenant) {}
  void all(Postings& out) const override { tenant_.all.view().append_to(out); }
  std::uint32_t series_bound() const override { return state_.series_count(); }
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

}  // namespace isobar::tsdb
