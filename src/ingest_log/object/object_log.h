// The log on an object store: each group commit is one object, chained by position (object_chain.h).
//
// Records wait until the first of them has waited for `window`, or until there are `commit_bytes`; whoever appends first then
// writes for all. One put is under way at a time. A put whose outcome is unknown is repeated with the same bytes until the
// store says; meanwhile records wait, up to `waiting_bytes`, each for at most `give_up`. So latency is a window and a put, and
// the number of puts is what it costs.
//
// Once another process has taken the log over, append() fails for good and says so; what was read stays readable.
// Recent commits are read from memory, others by position from the store, without a list. The store may read through a cache.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "base/time.h"
#include "ingest_log/ingest_log.h"
#include "ingest_log/log_tail.h"
#include "ingest_log/object/object_chain.h"
#include "ingest_log/object/segment_fetcher.h"
#include "object_store/object_store.h"
#include "sys/clock.h"
#include "telemetry/metrics.h"

namespace isobar::ingest_log {

struct ObjectLogOptions {
  std::string prefix = "log/metrics";  // of its keys
  std::uint64_t new_topic_identity = 0;  // used when there is no log yet
  std::uint64_t writer = 0;              // random for each process; not 0
  Duration window = Duration::millis(250);
  std::uint64_t commit_bytes = 4ULL << 20;
  Duration give_up = Duration::seconds(10);   // an append that is not durable by then fails; zero: after one put
  std::uint64_t waiting_bytes = 64ULL << 20;  // appended, not yet durable; past it append() fails at once
  std::uint64_t tail_bytes = 32ULL << 20;     // recent commits kept in memory for followers
  std::uint64_t fetch_bytes = 64ULL << 20;    // objects fetched for reading
  std::size_t fetch_threads = 8;
  std::size_t pack_objects = 256;           // so many small objects become one,
  std::uint64_t pack_bytes = 8ULL << 20;    // or so many bytes
  telemetry::Registry* metrics = nullptr;
};

class ObjectLog final : public IngestLog {
 public:
  // Takes the log over, or begins it. Errors as take_over().
  static Result<std::unique_ptr<ObjectLog>> open(object_store::ObjectStore& store, const sys::Clock& clock, ObjectLogOptions options);
  ~ObjectLog() override;

  Result<void> append(std::span<const Append> records) override;
  Result<ReadBatch> read(PartitionId partition, Position from, std::size_t max_bytes) override;
  Position end() const override;
  Position begin() const override;
  Result<void> trim(std::span<const Position> watermarks) override;
  void on_append(std::function<void()> callback) override { on_append_ = std::move(callback); }
  std::uint64_t identity() const override { return identity_; }
  std::uint64_t epoch() const override { return epoch_; }

  // Looks whether the log still is this process's, if nothing was written lately. kUnavailable if it is not, or if the store
  // cannot say.
  Result<void> check_owner();
  // Makes one object of many small ones, if there are enough: true if it did. Not reentrant.
  Result<bool> pack_once();

  bool fenced() const;
  std::uint64_t object_count() const;
  std::uint64_t waiting_bytes() const;
  std::uint64_t tail_bytes() const;
  // Since when puts fail; nothing while they succeed.
  std::optional<Monotonic> failing_since() const;

 private:
  struct Request {
    std::span<const Append> records;
    std::uint64_t bytes = 0;
    Monotonic since;
    Result<void> result;
    bool done = false;
  };
  // Sent, or about to be; once sent its bytes never change.
  struct Commit {
    std::string key;
    FrameGroup frames;
    std::vector<Request*> requests;  // that still wait for it
  };
  enum class Outcome { kDurable, kFenced, kUnknown };

  ObjectLog(object_store::ObjectStore& store, const sys::Clock& clock, ObjectLogOptions options);

  Outcome lead(std::unique_lock<std::mutex>& lock, const Request& own);
  void gather(std::unique_lock<std::mutex>& lock);
  void begin_commit();
  Outcome put_commit(const Commit& commit, Error& error);
  Outcome settle(const Commit& commit, Error& error);
  void finish_commit(Outcome outcome, const Error& error);
  void answer(Request& request, Result<void> result);
  void withdraw(Request& request);
  Error fenced_error() const;
  void set_fenced(const std::string& key);
  Result<void> ask_owner();
  Monotonic give_up_at(const Request& request) const { return request.since + options_.give_up; }

  Result<std::optional<ChainSegment>> segment_at(Position from, std::vector<ChainSegment>& ahead) const;
  Result<ReadBatch> read_segment(const ChainSegment& segment, PartitionId partition, Position from);
  std::vector<ChainSegment> packable() const;
  Result<std::shared_ptr<const std::string>> bytes_of(const ChainSegment& segment);
  Result<std::string> packed_bytes(const std::vector<ChainSegment>& segments);
  Result<void> remove_forgotten();

  object_store::ObjectStore& store_;
  const sys::Clock& clock_;
  const ObjectLogOptions options_;
  std::uint64_t identity_ = 0;
  std::uint64_t epoch_ = 0;
  std::function<void()> on_append_;
  SegmentFetcher fetcher_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;   // a commit is over, or nobody leads
  std::condition_variable gathered_;  // enough waits
  std::condition_variable paused_;    // never: a pause ends by time
  std::deque<Request*> waiting_;
  std::uint64_t waiting_bytes_ = 0;   // of all requests that are not answered
  std::uint64_t gathered_bytes_ = 0;  // of those in waiting_
  bool leading_ = false;
  bool fenced_ = false;
  std::optional<Commit> commit_;  // under way or of unknown outcome; its frames are the leader's to read
  std::optional<Monotonic> failing_since_;
  Monotonic last_commit_;
  std::deque<ChainSegment> segments_;
  Position end_;
  LogTail tail_;
  std::deque<std::string> forgotten_;  // keys yet to be removed

  std::mutex removal_mutex_;  // taken before mutex_

  telemetry::Counter* commits_ = nullptr;
  telemetry::Counter* failures_ = nullptr;
  telemetry::Counter* appended_bytes_ = nullptr;
  telemetry::Counter* packs_ = nullptr;
};

}  // namespace isobar::ingest_log
