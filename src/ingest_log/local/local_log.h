// The log on a local disk: preallocated segments, group commit, one fdatasync for all that wait.
//
// Whoever appends first while nobody writes becomes the leader: it takes every waiting record, writes them with one
// pwrite and one fdatasync, and wakes the others. So a commit costs no thread change, and without threads (simulation)
// the same code runs straight through.
//
// A failed write or sync seals the segment: nothing after the last durable position counts, the appenders get
// kUnavailable, and the next append starts a new segment there. A sync is never tried twice: after a failure the kernel
// may have dropped the pages and report success. Reads see durable records only, recent ones from memory.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "ingest_log/ingest_log.h"
#include "ingest_log/log_tail.h"
#include "ingest_log/segment.h"
#include "sys/file_system.h"
#include "telemetry/metrics.h"

namespace isobar::ingest_log {

struct LocalLogOptions {
  std::string directory;
  std::uint64_t segment_bytes = 64ULL << 20;
  std::uint64_t tail_bytes = 8ULL << 20;     // recent records kept in memory for followers
  std::uint64_t waiting_bytes = 64ULL << 20;  // appended, not yet durable; past it append() fails at once
  std::uint64_t new_topic_identity = 0;       // used when the directory is empty
  telemetry::Registry* metrics = nullptr;
};

class LocalLog final : public IngestLog {
 public:
  // Opens or creates; repairs a torn tail (never acknowledged) and says so in the log, makes durable what it found. kCorrupt when acknowledged
  // bytes are damaged or a segment is missing.
  static Result<std::unique_ptr<LocalLog>> open(sys::FileSystem& files, LocalLogOptions options);
  ~LocalLog() override;

  Result<void> append(std::span<const Append> records) override;
  Result<ReadBatch> read(PartitionId partition, Position from, std::size_t max_bytes) override;
  Position end() const override;
  Position begin() const override;
  Result<void> trim(std::span<const Position> watermarks) override;
  void on_append(std::function<void()> callback) override { on_append_ = std::move(callback); }
  std::uint64_t identity() const override { return identity_; }

  std::uint64_t disk_bytes() const;
  std::uint64_t tail_bytes() const;
  std::uint64_t waiting_bytes() const;

 private:
  struct Segment {
    std::string path;
    Position base;
    Position end;  // durable end; for the last one it moves
    std::shared_ptr<sys::File> file;
    bool hole = false;  // its positions are lost, as a repair noted
  };
  struct Request {
    std::span<const Append> records;
    Result<void> result;
    bool done = false;
  };
  LocalLog(sys::FileSystem& files, LocalLogOptions options);
  Result<void> load();
  Result<void> load_segment(const std::string& name, bool last);
  Result<Position> find_end(const Segment& segment, std::uint64_t file_size) const;
  // True if anything but zeros follows the last whole frame.
  Result<bool> has_torn_tail(const Segment& segment, std::uint64_t file_size) const;

  void lead(std::unique_lock<std::mutex>& lock);
  Result<FrameGroup> commit(const std::vector<Request*>& group);
  Result<void> ensure_segment(std::uint64_t bytes);
  Result<std::shared_ptr<sys::File>> create_segment(const std::string& path, std::uint64_t size);
  void seal_after_failure(const Error& error);

  Result<ReadBatch> read_segment(const Segment& segment, Position end, PartitionId partition, Position from,
                                 std::size_t max_bytes) const;

  sys::FileSystem& files_;
  LocalLogOptions options_;
  std::uint64_t identity_ = 0;
  std::function<void()> on_append_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request*> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  bool leading_ = false;

  std::deque<Segment> segments_;
  Position end_;  // changed by the leader only, under the mutex
  LogTail tail_;

  std::mutex trim_mutex_;               // taken before mutex_
  std::deque<std::string> forgotten_;  // under it: paths of segments yet to be removed, oldest first

  // The leader's own: no lock, since leading_ is handed on under the mutex.
  Segment active_;
  bool sealed_ = true;  // the next append must start a new segment

  telemetry::Counter* syncs_ = nullptr;
  telemetry::Counter* sync_failures_ = nullptr;
  telemetry::Counter* appended_bytes_ = nullptr;
  telemetry::Counter* torn_tails_ = nullptr;
};

}  // namespace isobar::ingest_log
