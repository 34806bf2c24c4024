// meta.json of a block of Prometheus, Mimir or Thanos. Source: prometheus/prometheus tsdb/docs/format and what the three
// programs write; members that we do not know are left alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace isobar::tsdb::prometheus {

struct BlockMeta {
  std::string ulid;
  Timestamp min_time;  // inclusive
  Timestamp end_time;  // exclusive; the member is called maxTime
  std::uint64_t samples = 0;  // as the writer counted; 0 in some blocks of Thanos
  std::uint64_t series = 0;
  std::uint64_t chunks = 0;
  std::uint64_t level = 1;  // of compaction
  std::vector<std::string> sources;  // the blocks it was compacted from

  // Members of `thanos`, which Mimir writes too.
  std::map<std::string, std::string> external_labels;
  std::uint64_t resolution_ms = 0;  // above 0: downsampled, no samples but aggregates
};

// kCorrupt with the line, kUnsupported for another version than 1. Blocks longer than ten years are refused: no program
// writes them, and what goes day by day must end.
Result<BlockMeta> parse_block_meta(std::string_view json);
std::string encode_block_meta(const BlockMeta& meta);

}  // namespace isobar::tsdb::prometheus
