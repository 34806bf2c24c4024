// A frozen generation as blocks: one for each UTC day of samples. Pure: no I/O; may run on any thread.
#pragma once

#include <functional>
#include <string>

#include "tsdb/block_writer.h"
#include "tsdb/generation.h"

namespace isobar::tsdb {

inline constexpr Duration kBlockBucket = Duration::hours(24);

struct FinishedBlock {
  std::string bytes;
  BlockSummary summary;
};

class GenerationBlocks {
 public:
  explicit GenerationBlocks(const Generation& generation) : generation_(generation) {}
  // Calls `publish` with each block, oldest bucket first; stops at its first error. `counts` gets what lost against an
  // earlier sample of the same timestamp.
  Result<void> write(const std::function<Result<void>(FinishedBlock)>& publish, MergeCounts& counts) const;

 private:
  const Generation& generation_;
};

}  // namespace isobar::tsdb
