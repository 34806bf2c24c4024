// The durable, ordered, partitioned log that every write goes through before it is acknowledged.
//
// At-least-once: append() may fail with an unknown outcome, and its records may then be found or not. What makes
// repeats harmless is the fold (DESIGN 3). One log object serves one topic (one signal).
//
// Thread-safe. append() blocks until durable; read() may touch the disk; both may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/position.h"

namespace isobar::ingest_log {

using model::PartitionId;
using model::Position;

struct Append {
  PartitionId partition;
  std::string record;  // the whole record (record.h), at most kMaxRecordBytes
};
inline constexpr std::size_t kMaxRecordBytes = 1'000'000;

struct Entry {
  Position position;
  std::string_view record;
};

struct ReadBatch {
  std::vector<Entry> entries;  // views into `owners`
  Position next;               // read on from here; equals the position asked for when there is nothing new
  std::vector<std::shared_ptr<const std::string>> owners;
};

class IngestLog {
 public:
  virtual ~IngestLog() = default;

  // All records durable, in this order per partition, or an error:
  //   kUnavailable  disk full, device failing, or too many bytes waiting; outcome unknown, write again
  //   kTooLarge     a record above kMaxRecordBytes; nothing was written
  virtual Result<void> append(std::span<const Append> records) = 0;

  // Durable records of one partition from `from` (inclusive) on, up to about `max_bytes`, at least one if there is
  // any. kCorrupt: a record below the durable end fails its checksum, or records before the first one kept are asked
  // for; the message names the file and the position.
  virtual Result<ReadBatch> read(PartitionId partition, Position from, std::size_t max_bytes) = 0;

  // Just behind the last durable record (of any partition): a follower that has read up to here has read all.
  virtual Position end() const = 0;
  // The first position that can still be read.
  virtual Position begin() const = 0;

  // Allows the log to forget: watermarks[p] is the first position that partition p still needs. All partitions are
  // named at once, so that no order of calls can remove what one of them has not spoken for.
  virtual Result<void> trim(std::span<const Position> watermarks) = 0;

  // Called after each successful append, outside locks, on the appending thread. Set once, before the first append.
  virtual void on_append(std::function<void()> callback) = 0;

  // Changes when the log is not the one that positions were remembered from.
  virtual std::uint64_t identity() const = 0;
  // Grows whenever another process takes the log over; what a process with a lower one still does must not count. 0 where
  // only one process can have it.
  virtual std::uint64_t epoch() const { return 0; }
};

}  // namespace isobar::ingest_log
