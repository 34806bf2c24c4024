// A segment of any backend with anything in it: a header is refused or read, and frames are those that were written or none.
#include <cstdint>

#include "base/check.h"
#include "ingest_log/log_tail.h"
#include "ingest_log/segment.h"

using namespace isobar::ingest_log;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto header = decode_segment_header(text);
  if (header) {
    CHECK(decode_segment_header(encode_segment_header(*header)).has_value());
    const Position end{header->base.value + (size - kSegmentHeaderBytes)};
    if (end < header->base) return 0;
    const auto batch = read_frames(std::make_shared<const std::string>(text), kSegmentHeaderBytes, header->base, end, PartitionId{0}, "fuzz");
    if (batch) CHECK(batch->next <= end);
  }
  // Sound frames around the input: damage in the middle ends the batch and loses nothing before it.
  FrameGroupBuilder builder(Position{7}, {}, 0);
  const Append first{PartitionId{0}, "first"};
  builder.add({&first, 1});
  FrameGroup group = std::move(builder).finish();
  std::string bytes(*group.bytes);
  bytes.append(text);
  const auto batch = read_frames(std::make_shared<const std::string>(bytes), 0, group.base, Position{group.base.value + bytes.size()}, PartitionId{0}, "fuzz");
  CHECK(batch && !batch->entries.empty() && batch->entries[0].record == "first");
  return 0;
}
