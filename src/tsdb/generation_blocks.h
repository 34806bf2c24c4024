// A frozen generation as blocks: one for each UTC day of samples. May run on any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "object_store/object_store.h"
#include "tsdb/block_writer.h"
#include "tsdb/generation.h"

namespace isobar::tsdb {

inline constexpr Duration kBlockBucket = Duration::hours(24);

// Which bucket a sample is in: whole widths since 1970, rounded down.
std::int64_t bucket_of(std::int64_t timestamp);

struct FinishedBlock {
  std::int64_t bucket = 0;
  BlockSummary summary;
  std::uint64_t size_bytes = 0;
};

class GenerationBlocks {
 public:
  explicit GenerationBlocks(const Generation& generation) : generation_(generation) {}
  // Writes each block to the object that `create` gives for its bucket and commits it. Blocks are told oldest bucket
  // first; after an error some may be there and are written again the next time. `counts` gets what lost against an
  // earlier sample of the same timestamp.
  using Create = std::function<Result<std::unique_ptr<object_store::ObjectWriter>>(std::int64_t bucket)>;
  Result<std::vector<FinishedBlock>> write(const Create& create, MergeCounts& counts) const;

 private:
  const Generation& generation_;
};

}  // namespace isobar::tsdb
