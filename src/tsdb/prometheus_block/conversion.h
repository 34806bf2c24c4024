// A block of Prometheus as blocks of ours: one for each partition and UTC day that it has samples in. Of one that Thanos
// downsampled they are downsampled blocks of its resolution (BlockReader::resolution).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "object_store/object_store.h"
#include "tsdb/block_writer.h"
#include "tsdb/prometheus_block/block_reader.h"

namespace isobar::tsdb::prometheus {

struct ConversionTarget {
  std::string tenant;
  std::function<std::uint32_t(const model::Labels&)> partition_of;
  // Where the block of a partition and bucket (tsdb::bucket_of) goes. Committed when it is whole.
  std::function<Result<std::unique_ptr<object_store::ObjectWriter>>(std::uint32_t partition, std::int64_t bucket)> create;
};

struct ConvertedBlock {
  std::uint32_t partition = 0;
  std::int64_t bucket = 0;
  BlockSummary summary;
  std::uint64_t size_bytes = 0;
};

struct ConversionCounts {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::uint64_t inexact = 0;       // series and days of a downsampled block whose falls are not all known: gauges, mostly
  std::uint64_t refused = 0;       // histograms that our queries could not compute with
  std::string first_refusal;       // series and reason
};

// Day by day, so memory is that of one day's index; with external labels also the labels of all series. Every checksum
// is verified on the way. After an error some blocks may be written; writing them again replaces them.
Result<std::vector<ConvertedBlock>> convert_block(const BlockReader& block, const ConversionTarget& target, ConversionCounts& counts);

// Reads all samples and counts what convert_block() would write.
Result<ConversionCounts> survey_block(const BlockReader& block);

}  // namespace isobar::tsdb::prometheus
