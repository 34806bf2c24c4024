// Several blocks of one partition and one bucket as one. Series by series: memory is that of one series, of the new
// block's index, and of what the readers hold. Samples that blocks have in common are kept once; the first block of the
// list wins, so the order must be that of log positions. May run on any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"

namespace isobar::tsdb {

// kCorrupt names the damaged block; what was written is then of no use. `stop` ends it with its error.
Result<void> merge_blocks(const std::vector<std::shared_ptr<const BlockReader>>& blocks, BlockWriter& writer, MergeCounts& counts,
                          const std::function<Result<void>()>& stop = {});

}  // namespace isobar::tsdb
