// Verifies every frame of a local log without opening it: nothing is changed. For `isobar check data`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest_log/ingest_log.h"
#include "sys/file_system.h"

namespace isobar::ingest_log {

struct SegmentCheck {
  std::string path;
  Position base;  // [base, end) is what it holds; both 0 if its header is damaged
  Position end;
  bool hole = false;             // lost, as a repair noted
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;       // of whole frames
  std::uint64_t tail_bytes = 0;  // never acknowledged, cut off at the next start
  Result<void> state;            // kCorrupt: acknowledged records are damaged or missing
};

// In the order of positions. Nobody may write the log meanwhile. An error if the folder cannot be listed.
Result<std::vector<SegmentCheck>> check_segments(sys::FileSystem& files, const std::string& directory);

}  // namespace isobar::ingest_log
