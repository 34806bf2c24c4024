// Selected samples of a batch as log records, none above kTargetRecordBytes: larger selections are halved until they
// fit. Not thread-safe; reuse one per thread.
#pragma once

#include <vector>

#include "ingest_log/ingest_log.h"
#include "ingest_log/metrics_payload.h"
#include "ingest_log/record.h"
#include "model/write_batch.h"

namespace isobar::ingest {

using PartitionSelection = ingest_log::MetricsPayloadEncoder::Selection;

inline constexpr std::size_t kTargetRecordBytes = 900'000;

class RecordBuilder {
 public:
  // One selection per partition; empty ones give no record. `appends` is replaced. kTooLarge: one series alone is too
  // large for a record.
  Result<void> build(ingest_log::RecordHeader header, const model::WriteBatch& batch,
                     const std::vector<PartitionSelection>& selections, std::vector<ingest_log::Append>& appends);

 private:
  Result<void> add(const ingest_log::RecordHeader& header, const model::WriteBatch& batch,
                   ingest_log::PartitionId partition, const PartitionSelection& selection,
                   std::vector<ingest_log::Append>& appends);

  ingest_log::MetricsPayloadEncoder encoder_;
  std::string payload_;
};

}  // namespace isobar::ingest
