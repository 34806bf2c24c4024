#include "tsdb/generation_blocks.h"

#include <algorithm>

#include "base/check.h"
#include "tsdb/generation_state.h"

namespace isobar::tsdb {
namespace {

struct SortedSeries {
  const std::string* tenant;
  model::Labels labels;
  const HeadSeries* series;
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

Result<std::vector<FinishedBlock>> GenerationBlocks::write(const Create& create, MergeCounts& counts) const {
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
  Outputs outputs(create);
  model::SampleColumns samples;
  model::SampleColumns part;
  for (const SortedSeries& entry : all) {
    samples.clear();
    TRYV(read_head_series(*entry.series, Timestamp::min(), Timestamp::max(), samples, &counts));
    for (std::size_t i = 0; i < samples.size();) {
      const std::int64_t bucket = bucket_of(samples.timestamps[i]);
      TRY(BlockWriter* const writer, outputs.of(bucket));
      if (bucket_of(samples.timestamps.back()) == bucket && i == 0) {
        writer->add_series(*entry.tenant, entry.labels, samples);
        break;
      }
      const auto end = static_cast<std::size_t>(
          std::partition_point(samples.timestamps.begin() + static_cast<std::ptrdiff_t>(i), samples.timestamps.end(),
                               [&](std::int64_t t) { return bucket_of(t) == bucket; }) -
          samples.timestamps.begin());
      part.clear();
      append_range(samples, {samples.timestamps[i]}, {samples.timestamps[end - 1]}, part);
      writer->add_series(*entry.tenant, entry.labels, part);
      i = end;
    }
  }
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
      newest.add_exemplars(name, {state.labels_of(state.series(ref)), list});
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
