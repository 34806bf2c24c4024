#include "repair/refold.h"

#include <algorithm>

#include "ingest_log/record.h"
#include "tsdb/generation.h"
#include "tsdb/generation_blocks.h"

namespace isobar::repair {
namespace {

// A generation is cut well below; a merge of many takes more memory than a repair should.
constexpr std::uint64_t kMostBytes = 512ULL << 20;

// For the days that are not asked for, and until it is known whether the block is the right one.
class Nowhere final : public object_store::ObjectWriter {
 public:
  Result<void> append(std::string_view) override { return {}; }
  Result<void> commit() override { return {}; }
};

bool holds(const ingest_log::LogSurvey& survey, const blocks::BlockEntry& entry) {
  if (survey.segments.empty() || entry.first < survey.begin || entry.end > survey.end ||
      entry.end.value - entry.first.value > kMostBytes)
    return false;
  const auto meets = [&](model::Position from, model::Position to) {
    return from < entry.end && entry.first < to;
  };
  return std::none_of(survey.lost.begin(), survey.lost.end(),
                      [&](const auto& lost) { return meets(lost.from, lost.to); }) &&
         std::none_of(survey.segments.begin(), survey.segments.end(),
                      [&](const auto& s) { return s.hole && meets(s.base, s.end); });
}

}  // namespace

Result<bool> refold(sys::FileSystem& files, const std::string& log_directory,
                    const ingest_log::LogSurvey& survey, const blocks::BlockEntry& entry,
                    const std::function<Result<std::unique_ptr<object_store::ObjectWriter>>()>& create) {
  if (!holds(survey, entry)) return false;
  const auto generation = std::make_shared<tsdb::Generation>(entry.first, nullptr);
  const auto folded = ingest_log::visit_records(
      files, log_directory, survey, entry.partition, entry.first, entry.end,
      [&](std::string_view bytes) -> Result<void> {
        TRY(const ingest_log::Record record, ingest_log::decode_record(bytes));
        // Where a sample was deleted and sent again, the first would win here.
        if (record.header.kind == ingest_log::RecordKind::kDelete)
          return fail(Code::kCorrupt, "a delete stands between the records");
        return record.header.kind == ingest_log::RecordKind::kData ? generation->apply(record)
                                                                   : Result<void>{};
      });
  if (!folded && folded.error().code == Code::kUnavailable) return fail(folded.error());
  if (!folded || generation->empty()) return false;
  generation->freeze(entry.end);
  const std::int64_t wanted = tsdb::bucket_of(entry.min_time.ms);
  tsdb::MergeCounts counts;
  const auto nowhere = [](std::int64_t) -> Result<std::unique_ptr<object_store::ObjectWriter>> {
    return std::make_unique<Nowhere>();
  };
  TRY(const auto tried, tsdb::GenerationBlocks(*generation).write(nowhere, counts));
  const bool same = std::any_of(tried.begin(), tried.end(), [&](const tsdb::FinishedBlock& block) {
    const tsdb::BlockSummary& s = block.summary;
    return block.bucket == wanted && s.samples == entry.samples && s.series == entry.series &&
           s.min_time == entry.min_time && s.max_time == entry.max_time;
  });
  if (!same || !create) return same;
  const auto real = [&](std::int64_t bucket) { return bucket == wanted ? create() : nowhere(bucket); };
  TRYV(tsdb::GenerationBlocks(*generation).write(real, counts));
  return true;
}

}  // namespace isobar::repair
