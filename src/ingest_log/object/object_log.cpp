#include "ingest_log/object/object_log.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/check.h"
#include "telemetry/log.h"

namespace isobar::ingest_log {
namespace {

// More waiting records go into the next object.
constexpr std::uint64_t kMaxObjectBytes = 16ULL << 20;
constexpr Duration kPauseAfterFailure = Duration::millis(200);
constexpr std::size_t kFetchAhead = 16;
constexpr Duration kLookAfter = Duration::seconds(10);

std::chrono::milliseconds chrono(Duration d) { return std::chrono::milliseconds(std::max<std::int64_t>(0, d.ms)); }

}  // namespace

ObjectLog::ObjectLog(object_store::ObjectStore& store, const sys::Clock& clock, ObjectLogOptions options)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      fetcher_(store, options_.fetch_threads, options_.fetch_bytes),
      tail_(options_.tail_bytes) {
  CHECK(options_.writer != 0);
  if (options_.metrics == nullptr) return;
  telemetry::Registry& m = *options_.metrics;
  commits_ = &m.counter("isobar_ingest_log_syncs_total", "Group commits made durable.");
  failures_ = &m.counter("isobar_ingest_log_failures_total", "Writes that failed, or whose outcome was unknown.");
  appended_bytes_ = &m.counter("isobar_ingest_log_appended_bytes_total", "Bytes of records and frames made durable.");
  packs_ = &m.counter("isobar_ingest_log_packs_total", "Objects made of many small ones.");
}

ObjectLog::~ObjectLog() = default;

Result<std::unique_ptr<ObjectLog>> ObjectLog::open(object_store::ObjectStore& store, const sys::Clock& clock, ObjectLogOptions options) {
  std::unique_ptr<ObjectLog> log(new ObjectLog(store, clock, std::move(options)));
  TRY(Chain chain, take_over(store, log->options_.prefix, log->options_.writer, log->options_.new_topic_identity));
  log->identity_ = chain.topic_identity;
  log->epoch_ = chain.epoch;
  log->end_ = chain.end;
  log->segments_.assign(std::make_move_iterator(chain.segments.begin()), std::make_move_iterator(chain.segments.end()));
  log->forgotten_.assign(std::make_move_iterator(chain.stray.begin()), std::make_move_iterator(chain.stray.end()));
  log->last_commit_ = clock.monotonic();
  telemetry::log_info("the ingest log is taken over", {{"epoch", std::to_string(log->epoch_)},
                                                       {"writer", fmt::format("{:016x}", log->options_.writer)},
                                                       {"position", std::to_string(log->end_.value)}});
  return log;
}

// --- writing ---

Result<void> ObjectLog::append(std::span<const Append> records) {
  if (records.empty()) return {};
  for (const Append& append : records) {
    if (append.record.size() > kMaxRecordBytes) {
      return fail(Code::kTooLarge, fmt::format("log record is larger than {} bytes", kMaxRecordBytes));
    }
  }
  Request request{records, framed_bytes(records), clock_.monotonic(), {}, false};
  std::unique_lock lock(mutex_);
  if (fenced_) return fail(fenced_error());
  if (waiting_bytes_ != 0 && waiting_bytes_ + request.bytes > options_.waiting_bytes) {
    return fail(Code::kUnavailable, "the object store is slower than the writers of the ingest log: try again later");
  }
  waiting_bytes_ += request.bytes;
  gathered_bytes_ += request.bytes;
  waiting_.push_back(&request);
  if (gathered_bytes_ >= options_.commit_bytes) gathered_.notify_one();
  bool wrote = false;
  while (!request.done) {
    bool stuck = true;
    if (!leading_) {
      const Outcome outcome = lead(lock, request);
      wrote = wrote || outcome == Outcome::kDurable;
      stuck = outcome == Outcome::kUnknown;  // else it was another commit, sent before, and this one is next
    } else {
      changed_.wait_for(lock, chrono(Duration::seconds(1)));
      stuck = failing_since_ || options_.give_up.ms != 0;
    }
    if (stuck && !request.done && clock_.monotonic() >= give_up_at(request)) withdraw(request);
  }
  lock.unlock();
  // Who wrote for all tells the follower, once.
  if (wrote && on_append_) on_append_();
  return std::move(request.result);
}

// One attempt to write what waits, or what was sent before and may be there or not.
ObjectLog::Outcome ObjectLog::lead(std::unique_lock<std::mutex>& lock, const Request& own) {
  leading_ = true;
  if (!commit_) {
    gather(lock);
    begin_commit();
  }
  lock.unlock();
  Error error;
  const Outcome outcome = put_commit(*commit_, error);
  lock.lock();
  finish_commit(outcome, error);
  if (outcome == Outcome::kUnknown && clock_.monotonic() < give_up_at(own)) paused_.wait_for(lock, chrono(kPauseAfterFailure));
  leading_ = false;
  changed_.notify_all();
  return outcome;
}

void ObjectLog::gather(std::unique_lock<std::mutex>& lock) {
  const Monotonic until = waiting_.front()->since + options_.window;
  while (gathered_bytes_ < options_.commit_bytes) {
    const Monotonic now = clock_.monotonic();
    if (now >= until) return;
    gathered_.wait_for(lock, std::chrono::nanoseconds(until.ns - now.ns));
  }
}

void ObjectLog::begin_commit() {
  SegmentHeader header{identity_, end_};
  header.epoch = epoch_;
  header.writer = options_.writer;
  FrameGroupBuilder builder(end_, encode_segment_header(header), std::min(gathered_bytes_, kMaxObjectBytes));
  Commit commit{segment_key(options_.prefix, epoch_, end_), {}, {}};
  std::uint64_t bytes = 0;
  while (!waiting_.empty()) {
    Request* next = waiting_.front();
    if (!commit.requests.empty() && bytes + next->bytes > kMaxObjectBytes) break;
    waiting_.pop_front();
    gathered_bytes_ -= next->bytes;
    bytes += next->bytes;
    builder.add(next->records);
    commit.requests.push_back(next);
  }
  commit.frames = std::move(builder).finish();
  commit_ = std::move(commit);
}

ObjectLog::Outcome ObjectLog::put_commit(const Commit& commit, Error& error) {
  const auto put = store_.put(commit.key, *commit.frames.bytes, object_store::PutCondition::if_absent());
  if (put) return Outcome::kDurable;
  error = put.error();
  return error.code == Code::kConflict ? settle(commit, error) : Outcome::kUnknown;
}

// Something stands there: an attempt before that was not answered, or the seal of who took over.
ObjectLog::Outcome ObjectLog::settle(const Commit& commit, Error& error) {
  const auto there = store_.get(commit.key);
  if (!there) {
    error = there.error();
    return Outcome::kUnknown;
  }
  return there->bytes == *commit.frames.bytes ? Outcome::kDurable : Outcome::kFenced;
}

void ObjectLog::finish_commit(Outcome outcome, const Error& error) {
  if (outcome == Outcome::kUnknown) {
    if (failures_ != nullptr) failures_->add();
    if (!failing_since_) {
      failing_since_ = clock_.monotonic();
      telemetry::log_error("the ingest log cannot be written, trying again", {{"key", commit_->key}, {"error", error.message}});
    }
    for (Request* request : commit_->requests) request->result = fail(Error(error).with_context("the write may not be durable, send it again"));
    return;
  }
  failing_since_.reset();
  Commit commit = *std::move(commit_);
  commit_.reset();
  if (outcome == Outcome::kFenced) {
    set_fenced(commit.key);
    while (!waiting_.empty()) {
      commit.requests.push_back(waiting_.front());
      waiting_.pop_front();
    }
    gathered_bytes_ = 0;
    for (Request* request : commit.requests) answer(*request, fail(fenced_error()));
    return;
  }
  last_commit_ = clock_.monotonic();
  end_ = commit.frames.end;
  segments_.push_back({commit.frames.base, commit.frames.end, commit.key, false});
  if (commits_ != nullptr) {
    commits_->add();
    appended_bytes_->add(commit.frames.bytes->size());
  }
  tail_.add(std::move(commit.frames));
  for (Request* request : commit.requests) answer(*request, {});
}

void ObjectLog::answer(Request& request, Result<void> result) {
  request.result = std::move(result);
  request.done = true;
  waiting_bytes_ -= request.bytes;
}

// Its bytes may be on their way; they are written or not, and nobody was told that they are.
void ObjectLog::withdraw(Request& request) {
  if (const auto at = std::find(waiting_.begin(), waiting_.end(), &request); at != waiting_.end()) {
    waiting_.erase(at);
    gathered_bytes_ -= request.bytes;
  }
  if (commit_) std::erase(commit_->requests, &request);
  Result<void> why = fail(Code::kUnavailable, fmt::format("the object store did not answer within {} ms; the write may not be durable, send it again", options_.give_up.ms));
  answer(request, request.result ? std::move(why) : std::move(request.result));
}

Error ObjectLog::fenced_error() const {
  return {Code::kUnavailable, fmt::format("another process has taken the ingest log over from this one (epoch {}, writer {:016x}); send to that one, or restart "
                                          "this one to take it back", epoch_, options_.writer)};
}

Result<void> ObjectLog::check_owner() {
  {
    const std::lock_guard lock(mutex_);
    if (!fenced_ && (leading_ || commit_ || clock_.monotonic() < last_commit_ + kLookAfter)) return {};
  }
  return ask_owner();
}

// Whoever takes the log over puts its seal where our next object would go.
Result<void> ObjectLog::ask_owner() {
  while (true) {
    Position next;
    {
      const std::lock_guard lock(mutex_);
      if (fenced_) return fail(fenced_error());
      next = end_;
    }
    const std::string key = segment_key(options_.prefix, epoch_, next);
    const auto there = store_.get_range(key, 0, kSegmentHeaderBytes);
    if (!there && there.error().code != Code::kNotFound) return fail(there.error());
    const std::lock_guard lock(mutex_);
    if (!there) {
      last_commit_ = clock_.monotonic();
      return {};
    }
    if (end_ != next) continue;      // our own, written meanwhile
    if (leading_ || commit_) return fail(Code::kUnavailable, "the owner of the ingest log is not known now");
    set_fenced(key);
  }
}

void ObjectLog::set_fenced(const std::string& key) {
  fenced_ = true;
  telemetry::log_error("another process has taken the ingest log over; this one writes no more", {{"key", key}});
}

// --- reading ---

Result<ReadBatch> ObjectLog::read(PartitionId partition, Position from, std::size_t max_bytes) {
  // Objects are packed, and the small ones removed, while this reads.
  constexpr int kTries = 3;
  for (int attempt = 1;; ++attempt) {
    ChainSegment segment;
    std::vector<ChainSegment> ahead;
    {
      const std::lock_guard lock(mutex_);
      if (from >= end_) return ReadBatch{{}, from, {}};
      if (tail_.holds(from)) return tail_.read(partition, from, max_bytes);
      TRY(const auto found, segment_at(from, ahead));
      segment = *found;
    }
    fetcher_.prefetch(ahead);
    auto batch = read_segment(segment, partition, from);
    if (batch || batch.error().code != Code::kNotFound) return batch;
    if (attempt == kTries) return fail(Code::kCorrupt, "an object of the ingest log is missing: " + segment.key);
  }
}

Result<std::optional<ChainSegment>> ObjectLog::segment_at(Position from, std::vector<ChainSegment>& ahead) const {
  if (segments_.empty() || from < segments_.front().base) {
    return fail(Code::kCorrupt, fmt::format("the ingest log begins at position {}, but {} is needed: {}",
                                            segments_.empty() ? end_.value : segments_.front().base.value, from.value, options_.prefix));
  }
  const auto at = std::upper_bound(segments_.begin(), segments_.end(), from, [](Position p, const ChainSegment& s) { return p < s.end; });
  CHECK(at != segments_.end());
  std::uint64_t bytes = 0;
  for (auto next = at + 1; next != segments_.end() && ahead.size() < kFetchAhead; ++next) {
    bytes += next->bytes();
    if (bytes > options_.fetch_bytes / 2) break;
    ahead.push_back(*next);
  }
  return *at;
}

Result<ReadBatch> ObjectLog::read_segment(const ChainSegment& segment, PartitionId partition, Position from) {
  TRY(auto bytes, fetcher_.get(segment));
  const auto header = decode_segment_header(*bytes);
  if (!header) return fail(Error(header.error()).with_context(segment.key));
  if (header->topic_identity != identity_ || header->base != segment.base) {
    return fail(Code::kCorrupt, "an object belongs to another ingest log, or to another place in it: " + segment.key);
  }
  const std::size_t offset = kSegmentHeaderBytes + (from.value - segment.base.value);
  return read_frames(std::move(bytes), offset, from, segment.end, partition, segment.key);
}

Position ObjectLog::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

Position ObjectLog::begin() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? end_ : segments_.front().base;
}

// --- forgetting ---

Result<void> ObjectLog::trim(std::span<const Position> watermarks) {
  {
    const std::lock_guard lock(mutex_);
    Position needed = end_;
    for (const Position watermark : watermarks) needed = std::min(needed, watermark);
    // The last one stays: a start finds the end of the log by it.
    while (segments_.size() > 1 && segments_.front().end <= needed) {
      forgotten_.push_back(segments_.front().key);
      segments_.pop_front();
    }
  }
  return remove_forgotten();
}

// Oldest first, so that what is left is one range.
Result<void> ObjectLog::remove_forgotten() {
  const std::lock_guard removing(removal_mutex_);
  while (true) {
    std::string key;
    {
      const std::lock_guard lock(mutex_);
      if (forgotten_.empty()) return {};
      key = forgotten_.front();
    }
    TRYV(store_.remove(key));
    const std::lock_guard lock(mutex_);
    forgotten_.pop_front();
  }
}

// The oldest run of objects that were written one by one, without the newest.
std::vector<ChainSegment> ObjectLog::packable() const {
  std::vector<ChainSegment> run;
  std::uint64_t bytes = 0;
  const std::lock_guard lock(mutex_);
  if (fenced_ || segments_.size() < 2) return {};
  for (auto at = segments_.begin(); at + 1 != segments_.end(); ++at) {
    if (at->packed || at->bytes() > options_.pack_bytes / 2) {
      if (run.size() > 1) return run;  // nothing will join it any more
      run.clear();
      bytes = 0;
      continue;
    }
    run.push_back(*at);
    bytes += at->bytes();
    if (run.size() >= options_.pack_objects || (bytes >= options_.pack_bytes && run.size() > 1)) return run;
  }
  return {};
}

// Recent ones are still in memory.
Result<std::shared_ptr<const std::string>> ObjectLog::bytes_of(const ChainSegment& segment) {
  {
    const std::lock_guard lock(mutex_);
    for (const FrameGroup& group : tail_.groups()) {
      if (group.base == segment.base && group.end == segment.end) return group.bytes;
    }
  }
  return fetcher_.get(segment);
}

Result<std::string> ObjectLog::packed_bytes(const std::vector<ChainSegment>& segments) {
  SegmentHeader header{identity_, segments.front().base};
  header.epoch = epoch_;
  header.writer = options_.writer;
  std::string bytes = encode_segment_header(header);
  for (const ChainSegment& segment : segments) {
    TRY(const auto one, bytes_of(segment));
    if (one->size() != kSegmentHeaderBytes + segment.bytes()) return fail(Code::kCorrupt, "an object of the ingest log has another size: " + segment.key);
    bytes.append(*one, kSegmentHeaderBytes);
  }
  return bytes;
}

Result<bool> ObjectLog::pack_once() {
  const std::vector<ChainSegment> run = packable();
  if (run.empty()) return false;
  const ChainSegment pack{run.front().base, run.back().end, pack_key(options_.prefix, epoch_, run.front().base, run.back().end), true};
  TRY(const std::string bytes, packed_bytes(run));
  TRYV(store_.put(pack.key, bytes));
  // A process that took over before the pack was there reads the small ones. One that comes later finds the pack.
  TRYV(ask_owner());
  {
    const std::lock_guard lock(mutex_);
    const auto first = std::find_if(segments_.begin(), segments_.end(), [&](const ChainSegment& s) { return s.base >= pack.base; });
    auto last = first;
    while (last != segments_.end() && last->end <= pack.end) ++last;
    // Trimming may have taken some or all of them meanwhile.
    const bool whole = first != segments_.end() && first->base == pack.base;
    if (!whole) {
      forgotten_.push_back(pack.key);
    } else {
      for (auto at = first; at != last; ++at) forgotten_.push_back(at->key);
      *first = pack;
      segments_.erase(first + 1, last);
    }
  }
  if (packs_ != nullptr) packs_->add();
  TRYV(remove_forgotten());
  return true;
}

bool ObjectLog::fenced() const {
  const std::lock_guard lock(mutex_);
  return fenced_;
}
std::uint64_t ObjectLog::object_count() const {
  const std::lock_guard lock(mutex_);
  return segments_.size();
}
std::uint64_t ObjectLog::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_;
}
std::uint64_t ObjectLog::tail_bytes() const {
  const std::lock_guard lock(mutex_);
  return tail_.held_bytes();
}
std::optional<Monotonic> ObjectLog::failing_since() const {
  const std::lock_guard lock(mutex_);
  return failing_since_;
}

}  // namespace isobar::ingest_log
