// What can be saved of a block whose index is sound and some of whose chunks are not. Series by series, in
// the memory of one; the block's bytes may be damaged in any way that BlockReader::open() lets through.
#pragma once

#include <string>
#include <vector>

#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"

namespace isobar::tsdb {

struct BlockDamage {
  BlockSummary kept;                 // what is sound
  BlockSummary lost;                 // samples of damaged chunks, by the index; series of which any is lost
  std::uint64_t chunks = 0;          // damaged
  std::uint64_t unnamed_series = 0;  // their entries are damaged: labels and samples are not known
  std::uint64_t gone_series = 0;     // nothing of them is left
  std::vector<std::string> names;    // of the first series that lose something

  bool any() const { return chunks != 0 || unnamed_series != 0; }
};

// Reads every chunk. With a writer, writes all that is sound, with exemplars and metadata, as a new block;
// finish() is the caller's.
BlockDamage salvage_block(const BlockReader& block, BlockWriter* writer = nullptr);

}  // namespace isobar::tsdb
