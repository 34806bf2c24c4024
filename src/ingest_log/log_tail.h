// The newest commits of a log, in memory, so that followers need not read back what was just written. Shared by the
// backends. Not thread-safe: a log holds it under its mutex; what read() gives keeps its bytes alive.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingest_log/ingest_log.h"

namespace isobar::ingest_log {

// The frames of one commit.
struct FrameGroup {
  struct Slot {
    PartitionId partition;
    Position position;
    std::uint32_t offset;  // of the record in the bytes of all frames
    std::uint32_t size;
  };
  Position base;
  Position end;
  std::size_t frames_at = 0;  // where in `bytes` the first frame begins
  std::shared_ptr<const std::string> bytes;
  std::vector<Slot> slots;

  std::string_view frames() const { return std::string_view(*bytes).substr(frames_at); }
};

// Bytes that the records take in a log.
std::uint64_t framed_bytes(std::span<const Append> records);

// Puts records behind one another as frames. `head` is what stands in the bytes before the first frame.
class FrameGroupBuilder {
 public:
  FrameGroupBuilder(Position base, std::string head, std::uint64_t expected_bytes);
  void add(std::span<const Append> records);
  FrameGroup finish() &&;

 private:
  FrameGroup group_;
  std::string bytes_;
};

class LogTail {
 public:
  explicit LogTail(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // `group` begins where the one before ends. The oldest leave when there are too many bytes.
  void add(FrameGroup group);
  bool holds(Position from) const { return !groups_.empty() && from >= groups_.front().base; }
  // As IngestLog::read(); only where holds(from).
  ReadBatch read(PartitionId partition, Position from, std::size_t max_bytes) const;
  std::uint64_t held_bytes() const { return held_; }
  const std::deque<FrameGroup>& groups() const { return groups_; }

 private:
  std::uint64_t max_bytes_;
  std::uint64_t held_ = 0;
  std::deque<FrameGroup> groups_;
};

// The records of one partition in [from, end), of frames that begin in `bytes` at `offset`, at `from`; up to the end of
// `bytes`. kCorrupt: the first frame is damaged; a later one ends the batch before it.
Result<ReadBatch> read_frames(std::shared_ptr<const std::string> bytes, std::size_t offset, Position from, Position end,
                              PartitionId partition, const std::string& name);

}  // namespace isobar::ingest_log
