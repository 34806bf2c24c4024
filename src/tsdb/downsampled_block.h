// A block as its downsampled companion. Memory is that of one series, of the new block's index, and of what the reader holds.
// May run on any thread.
#pragma once

#include <functional>

#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"

namespace isobar::tsdb {

// Writes every series and the metadata, no exemplars; `writer` is one of the kind kDownsampled and is left to be finished. The
// companion has the same series, in the same order. `stop` ends it with its error; kCorrupt names the damaged block.
Result<void> write_downsampled(const BlockReader& block, Duration resolution, BlockWriter& writer, const std::function<Result<void>()>& stop = {});

}  // namespace isobar::tsdb
