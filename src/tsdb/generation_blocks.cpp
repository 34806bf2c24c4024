#include "tsdb/generation_blocks.h"

#include <algorithm>

#include "base/check.h"
#include "tsdb/generation_state.h"

namespace isobar::tsdb {
namespace {

std::int64_t bucket_of(std::int64_t timestamp) {
  // Floor division: samples before 1970 have buckets too.
  const std::int64_t width = kBlockBucket.ms;
  return timestamp / width - (timestamp % width < 0 ? 1 : 0);
}

struct SortedSeries {
  const std::string* tenant;
  model::Labels labels;
  const HeadSeries* series;
};

}  // namespace

Result<void> GenerationBlocks::write(const std::function<Result<void>(FinishedBlock)>& publish,
                                     MergeCounts& counts) const {
  const Generation::State& state = *generation_.state_;
  CHECK(state.frozen);
  std::vector<SortedSeries> all;
  all.reserve(state.series_count);
  for (const auto& [name, tenant] : state.tenants) {
    const std::size_t first = all.size();
    for (const std::uint32_t ref : tenant->all) {
      const HeadSeries& s = state.series(ref);
      all.push_back({&tenant->name, state.labels_of(s), &s});
    }
    std::sort(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
              [](const SortedSeries& a, const SortedSeries& b) { return a.labels < b.labels; });
  }
  // One pass over all series: writers of the few buckets that a generation spans are open side by side.
  std::map<std::int64_t, BlockWriter> writers;
  model::SampleColumns samples;
  model::SampleColumns part;
  for (const SortedSeries& entry : all) {
    samples.clear();
    TRYV(read_head_series(*entry.series, Timestamp::min(), Timestamp::max(), samples, &counts));
    for (std::size_t i = 0; i < samples.size();) {
      const std::int64_t bucket = bucket_of(samples.timestamps[i]);
      BlockWriter& writer = writers[bucket];
      if (bucket_of(samples.timestamps.back()) == bucket && i == 0) {
        writer.add_series(*entry.tenant, entry.labels, samples);
        break;
      }
      const auto end = static_cast<std::size_t>(
          std::partition_point(samples.timestamps.begin() + static_cast<std::ptrdiff_t>(i), samples.timestamps.end(),
                               [&](std::int64_t t) { return bucket_of(t) == bucket; }) -
          samples.timestamps.begin());
      part.clear();
      append_range(samples, {samples.timestamps[i]}, {samples.timestamps[end - 1]}, part);
      writer.add_series(*entry.tenant, entry.labels, part);
      i = end;
    }
  }
  if (writers.empty()) {
    // No samples, but exemplars or metadata that were acknowledged too.
    const bool nothing = std::all_of(state.tenants.begin(), state.tenants.end(), [](const auto& tenant) {
      return tenant.second->exemplars.empty() && tenant.second->metadata.empty();
    });
    if (nothing) return {};
    writers[bucket_of(state.stats.first_ingest.ms)];
  }
  // Exemplars and metadata go with the newest bucket.
  BlockWriter& newest = writers.rbegin()->second;
  for (const auto& [name, tenant] : state.tenants) {
    for (const auto& [ref, list] : tenant->exemplars) {
      newest.add_exemplars(name, {state.labels_of(state.series(ref)), list});
    }
    for (const auto& [metric, list] : tenant->metadata) {
      for (const model::Metadata& m : list) newest.add_metadata(name, m);
    }
  }
  for (auto& [bucket, writer] : writers) {
    BlockSummary summary = writer.summary();
    if (summary.series == 0) summary.min_time = summary.max_time = state.stats.first_ingest;
    TRYV(publish({writer.finish(), summary}));
  }
  return {};
}

}  // namespace isobar::tsdb
