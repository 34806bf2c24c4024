// Several blocks of one partition and one bucket as one. Series by series: memory is that of one series, of the new
// block's index, and of what the readers hold. Samples that blocks have in common are kept once; the first block of the
// list wins, so the order must be that of log positions. May run on any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/time_ranges.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"

namespace isobar::tsdb {

// What is left out of a series in the block that is number `block` of the list.
using LeftOut = std::function<model::TimeRanges(std::size_t block, std::string_view tenant, const model::Labels& labels)>;

// True if anything was left to write: samples, exemplars or metadata. kCorrupt names the damaged block; what was written is
// then of no use. `stop` ends it with its error.
Result<bool> merge_blocks(const std::vector<std::shared_ptr<const BlockReader>>& blocks, BlockWriter& writer, MergeCounts& counts,
                          const std::function<Result<void>()>& stop = {}, const LeftOut& left_out = {});

}  // namespace isobar::tsdb
