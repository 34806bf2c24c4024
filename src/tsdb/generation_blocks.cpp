#include "tsdb/generation_blocks.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/check.h"
#include "tsdb/head/generation_state.h"

namespace isobar::tsdb {
namespace {

// Numbers of a tenant's series, sorted by labels. Labels are compared by the ranks of their pairs, so none is built.
class SortedSeries {
 public:
  SortedSeries(const Generation::State& state, const TenantHead& tenant) : state_(state) {
    rank_pairs(tenant.pairs);
    Postings refs;
    tenant.all.view().append_to(refs);
    keys_.reserve(refs.size());
    for (const std::uint32_t ref : refs) keys_.push_back({first_ranks(ref), ref});
    std::sort(keys_.begin(), keys_.end(), [this](const Key& a, const Key& b) {
      return a.first_ranks != b.first_ranks ? a.first_ranks < b.first_ranks : less(a.ref, b.ref);
    });
    ranks_ = {};
  }
  std::size_t size() const { return keys_.size(); }
  std::uint32_t operator[](std::size_t i) const { return keys_[i].ref; }

 private:
  struct Key {
    std::uint64_t first_ranks;  // of the first two pairs; rank 0 is none
    std::uint32_t ref;
  };
  void rank_pairs(const PairTable& pairs) {
    std::vector<std::uint32_t> sorted(pairs.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
      ByteReader left(pairs.canonical(a)), right(pairs.canonical(b));
      const std::string_view left_name = left.bytes(), right_name = right.bytes();
      return left_name != right_name ? left_name < right_name : left.bytes() < right.bytes();
    });
    ranks_.resize(pairs.size());
    for (std::uint32_t i = 0; i < sorted.size(); ++i) ranks_[sorted[i]] = i + 1;
  }
  std::uint64_t first_ranks(std::uint32_t ref) const {
    std::uint64_t key = 0;
    unsigned seen = 0;
    state_.each_pair(state_.series[ref], [&](std::uint32_t pair) {
      key |= std::uint64_t{ranks_[pair]} << (32 - 32 * seen);
      return ++seen < 2;
    });
    return key;
  }
  // Of two that have pairs: only one series has none, and its first ranks are below all others.
  bool less(std::uint32_t a, std::uint32_t b) const {
    constexpr std::uint32_t kLast = Generation::State::kLastPair;
    std::uint32_t left = state_.series[a].first_pair, right = state_.series[b].first_pair;
    for (;; ++left, ++right) {
      const std::uint32_t x = state_.series_pairs[left], y = state_.series_pairs[right];
      if ((x & ~kLast) != (y & ~kLast)) return ranks_[x & ~kLast] < ranks_[y & ~kLast];
      if ((y & kLast) != 0) return false;  // not longer than the other
      if ((x & kLast) != 0) return true;
    }
  }

  const Generation::State& state_;
  std::vector<std::uint32_t> ranks_;  // by pair, from 1
  std::vector<Key> keys_;
};

// The block of one bucket and the object that it goes to.
struct OpenOutput {
  explicit OpenOutput(std::unique_ptr<object_store::ObjectWriter> object_in)
      : object(std::move(object_in)), writer([this](std::string_view piece) { return object->append(piece); }) {}
  std::unique_ptr<object_store::ObjectWriter> object;
  BlockWriter writer;
};

class Outputs {
 public:
  explicit Outputs(const GenerationBlocks::Create& create) : create_(create) {}
  Result<BlockWriter*> of(std::int64_t bucket) {
    const auto known = outputs_.find(bucket);
    if (known != outputs_.end()) return &known->second->writer;
    TRY(auto object, create_(bucket));
    return &outputs_.emplace(bucket, std::make_unique<OpenOutput>(std::move(object))).first->second->writer;
  }
  std::map<std::int64_t, std::unique_ptr<OpenOutput>>& all() { return outputs_; }

 private:
  const GenerationBlocks::Create& create_;
  std::map<std::int64_t, std::unique_ptr<OpenOutput>> outputs_;
};

}  // namespace

std::int64_t bucket_of(std::int64_t timestamp) {
  // Floor division: samples before 1970 have buckets too.
  const std::int64_t width = kBlockBucket.ms;
  return timestamp / width - (timestamp % width < 0 ? 1 : 0);
}

namespace {

// One pass over all series: writers of the few buckets that a generation spans are open side by side.
Result<void> write_samples(const Generation::State& state, const TenantHead& tenant, Outputs& outputs,
                           MergeCounts& counts) {
  const SortedSeries sorted(state, tenant);
  model::SampleColumns samples;
  model::SampleColumns part;
  for (std::size_t n = 0; n < sorted.size(); ++n) {
    const HeadSeries& series = state.series[sorted[n]];
    samples.clear();
    TRYV(series.read(Timestamp::min(), Timestamp::max(), samples, &counts));
    if (samples.size() == 0) continue;
    const model::Labels labels = state.labels_of(tenant, series);
    for (std::size_t i = 0; i < samples.size();) {
      const std::int64_t bucket = bucket_of(samples.timestamps[i]);
      TRY(BlockWriter* const writer, outputs.of(bucket));
      if (bucket_of(samples.timestamps.back()) == bucket && i == 0) {
        writer->add_series(tenant.name, labels, samples);
        break;
      }
      const auto end = static_cast<std::size_t>(
          std::partition_point(samples.timestamps.begin() + static_cast<std::ptrdiff_t>(i), samples.timestamps.end(),
                               [&](std::int64_t t) { return bucket_of(t) == bucket; }) -
          samples.timestamps.begin());
      part.clear();
      append_range(samples, {samples.timestamps[i]}, {samples.timestamps[end - 1]}, part);
      writer->add_series(tenant.name, labels, part);
      i = end;
    }
  }
  return {};
}

}  // namespace

Result<std::vector<FinishedBlock>> GenerationBlocks::write(const Create& create, MergeCounts& counts) const {
  const Generation::State& state = *generation_.state_;
  CHECK(state.frozen);
  Outputs outputs(create);
  for (const auto& [name, tenant] : state.tenants) TRYV(write_samples(state, *tenant, outputs, counts));
  if (outputs.all().empty()) {
    // No samples, but exemplars or metadata that were acknowledged too.
    const bool nothing = std::all_of(state.tenants.begin(), state.tenants.end(), [](const auto& tenant) {
      return tenant.second->exemplars.empty() && tenant.second->metadata.empty();
    });
    if (nothing) return std::vector<FinishedBlock>{};
    TRYV(outputs.of(bucket_of(state.stats.first_ingest.ms)));
  }
  // Exemplars and metadata go with the newest bucket.
  BlockWriter& newest = outputs.all().rbegin()->second->writer;
  for (const auto& [name, tenant] : state.tenants) {
    for (const auto& [ref, list] : tenant->exemplars) {
      newest.add_exemplars(name, {state.labels_of(*tenant, state.series[ref]), list});
    }
    for (const auto& [metric, list] : tenant->metadata) {
      for (const model::Metadata& m : list) newest.add_metadata(name, m);
    }
  }
  std::vector<FinishedBlock> finished;
  for (auto& [bucket, output] : outputs.all()) {
    FinishedBlock block{bucket, output->writer.summary(), 0};
    if (block.summary.series == 0) block.summary.min_time = block.summary.max_time = state.stats.first_ingest;
    TRY(block.size_bytes, output->writer.finish());
    TRYV(output->object->commit());
    finished.push_back(block);
  }
  return finished;
}

}  // namespace isobar::tsdb
