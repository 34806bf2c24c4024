// The segment codec: a file header and frames with a checksum. Format: docs/formats/ingest_log.md.
// All backends use the same bytes. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest_log/ingest_log.h"

namespace isobar::ingest_log {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kFrameHeaderBytes = 32;

struct SegmentHeader {
  std::uint64_t topic_identity = 0;
  Position base;  // of the first frame; also where the segment before ends
  // A hole: positions [base, hole_end) were acknowledged and are lost; the file has no frame. 0: an ordinary segment.
  Position hole_end;
  // Of an object (docs/formats/object_log.md); 0 on a local disk.
  std::uint64_t epoch = 0;
  std::uint64_t writer = 0;

  bool is_hole() const { return hole_end.value != 0; }
  bool is_object() const { return writer != 0; }
};

std::string segment_name(Position base);
// The base that a name says, or nothing if it is no segment's name.
std::optional<Position> base_of_name(std::string_view name);

std::string encode_segment_header(const SegmentHeader& header);
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

struct Frame {
  Position position;
  Position durable_before;  // when this frame was written, everything before was known to be durable
  PartitionId partition;
  std::string_view record;

  std::uint64_t byte_size() const { return kFrameHeaderBytes + record.size(); }
  Position next() const { return {position.value + byte_size()}; }
};

void encode_frame(std::string& out, const Frame& frame);
// The frame at the start of `bytes`, if it is whole, its checksum holds and it says that it stands at `position`.
std::optional<Frame> decode_frame(std::string_view bytes, Position position);

}  // namespace isobar::ingest_log
