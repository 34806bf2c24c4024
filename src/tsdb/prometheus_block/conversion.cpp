#include "tsdb/prometheus_block/conversion.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tsdb/generation_blocks.h"

namespace isobar::tsdb::prometheus {
namespace {

struct OpenOutput {
  OpenOutput(std::unique_ptr<object_store::ObjectWriter> object_in, tsdb::BlockWriter::Kind kind)
      : object(std::move(object_in)), writer([this](std::string_view piece) { return object->append(piece); }, kind) {}
  std::unique_ptr<object_store::ObjectWriter> object;
  tsdb::BlockWriter writer;
};

Timestamp first_of(std::int64_t bucket) { return {bucket * kBlockBucket.ms}; }
Timestamp last_of(std::int64_t bucket) { return {first_of(bucket).ms + kBlockBucket.ms - 1}; }

// References by ascending labels. External labels may change the order of the index.
Result<std::vector<std::uint32_t>> in_order(const BlockReader& block) {
  TRY(std::vector<std::uint32_t> references, block.references());
  if (!block.has_external_labels()) return references;
  std::vector<std::pair<model::Labels, std::uint32_t>> sorted;
  for (const std::uint32_t reference : references) {
    TRY(StoredSeries series, block.series_at(reference));
    sorted.emplace_back(std::move(series.labels), reference);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::transform(sorted.begin(), sorted.end(), references.begin(), [](const auto& entry) { return entry.second; });
  return references;
}

// Visits series of equal labels as one: an external label may have taken the place of what told them apart.
template <class Visit>
Result<void> each_series(const BlockReader& block, const std::vector<std::uint32_t>& references, Timestamp min, Timestamp max, Visit visit) {
  model::Labels labels;
  model::SampleColumns samples;
  model::SampleColumns next;
  for (const std::uint32_t reference : references) {
    TRY(StoredSeries series, block.series_at(reference));
    const bool same = series.labels == labels;
    if (!same) {
      if (series.labels < labels) return fail(Code::kCorrupt, "series of the index are not in order: " + series.labels.to_string());
      if (samples.size() > 0) TRYV(visit(labels, samples));
      samples.clear();
      labels = series.labels;
    }
    if (series.chunks.empty() || series.chunks.front().min_time > max.ms || series.chunks.back().max_time < min.ms) continue;
    next.clear();
    TRYV(block.run_of(series)->read(min, max, next));
    if (samples.size() == 0) {
      std::swap(samples, next);
      continue;
    }
    model::SampleColumns both;
    merge_columns(samples, next, both);
    samples = std::move(both);
  }
  return samples.size() > 0 ? visit(labels, samples) : Result<void>{};
}

// Takes histograms out that do not hold together: the arithmetic of queries relies on it.
void refuse_invalid(const model::Labels& labels, model::SampleColumns& samples, ConversionCounts& counts) {
  if (samples.histograms.empty()) return;
  model::SampleColumns kept;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool checked = samples.is_histogram(i) && !model::is_stale_nan(samples.values[i]);
    const Result<void> valid = checked ? model::validate(*samples.histograms[i]) : Result<void>{};
    if (valid) {
      append_range(samples, {samples.timestamps[i]}, {samples.timestamps[i]}, kept);
      continue;
    }
    if (counts.refused++ == 0) counts.first_refusal = fmt::format("{}: {}", labels.to_string(), valid.error().message);
  }
  if (kept.size() < samples.size()) samples = std::move(kept);
}

// Days that have chunks. The reader cuts samples at the block's own range, which is at most ten years.
Result<std::set<std::int64_t>> days_of(const BlockReader& block, const std::vector<std::uint32_t>& references, ConversionCounts& counts) {
  const BlockMeta& meta = block.meta();
  std::set<std::int64_t> days;
  model::Labels last;
  for (const std::uint32_t reference : references) {
    TRY(const StoredSeries series, block.series_at(reference));
    if (series.labels != last) ++counts.series;
    last = series.labels;
    for (const ChunkMeta& chunk : series.chunks) {
      const std::int64_t first = bucket_of(std::max(chunk.min_time, meta.min_time.ms));
      const std::int64_t end = bucket_of(std::min(chunk.max_time, meta.end_time.ms - 1));
      for (std::int64_t day = first; day <= end; ++day) days.insert(day);
    }
  }
  return days;
}

Result<void> convert_day(const BlockReader& block, const std::vector<std::uint32_t>& references, std::int64_t bucket,
                         const ConversionTarget& target, ConversionCounts& counts, std::vector<ConvertedBlock>& converted) {
  std::map<std::uint32_t, std::unique_ptr<OpenOutput>> outputs;
  const auto kind = block.resolution().ms == 0 ? tsdb::BlockWriter::Kind::kEverySample : tsdb::BlockWriter::Kind::kDownsampled;
  const auto add = [&](const model::Labels& labels, model::SampleColumns& samples) -> Result<void> {
    refuse_invalid(labels, samples, counts);
    if (samples.size() == 0) return {};
    counts.samples += samples.size();
    if (samples.resets_lost) ++counts.inexact;
    std::unique_ptr<OpenOutput>& output = outputs[target.partition_of(labels)];
    if (output == nullptr) {
      TRY(auto object, target.create(target.partition_of(labels), bucket));
      output = std::make_unique<OpenOutput>(std::move(object), kind);
    }
    output->writer.add_series(target.tenant, labels, samples);
    return {};
  };
  TRYV(each_series(block, references, first_of(bucket), last_of(bucket), add));
  for (auto& [partition, output] : outputs) {
    ConvertedBlock done{partition, bucket, output->writer.summary(), 0};
    TRY(done.size_bytes, output->writer.finish());
    TRYV(output->object->commit());
    converted.push_back(done);
  }
  return {};
}

}  // namespace

Result<std::vector<ConvertedBlock>> convert_block(const BlockReader& block, const ConversionTarget& target, ConversionCounts& counts) {
  TRY(const std::vector<std::uint32_t> references, in_order(block));
  TRY(const std::set<std::int64_t> days, days_of(block, references, counts));
  std::vector<ConvertedBlock> converted;
  for (const std::int64_t day : days) TRYV(convert_day(block, references, day, target, counts, converted));
  return converted;
}

Result<ConversionCounts> survey_block(const BlockReader& block) {
  ConversionCounts counts;
  TRY(const std::vector<std::uint32_t> references, in_order(block));
  TRYV(each_series(block, references, Timestamp::min(), Timestamp::max(), [&](const model::Labels& labels, model::SampleColumns& samples) -> Result<void> {
    ++counts.series;
    refuse_invalid(labels, samples, counts);
    counts.samples += samples.size();
    if (samples.resets_lost) ++counts.inexact;
    return {};
  }));
  return counts;
}

}  // namespace isobar::tsdb::prometheus
