#include "ingest_log/local/local_log.h"

#include <fmt/format.h>

#include "base/check.h"
#include "telemetry/log.h"

namespace isobar::ingest_log {
namespace {

// Bytes a leader writes at once: more waiting records go into the next group.
constexpr std::uint64_t kMaxGroupBytes = 16ULL << 20;
// Read at once while looking for the end of the last segment; more than two of the largest frames.
constexpr std::uint64_t kScanBytes = 4ULL << 20;

}  // namespace

LocalLog::LocalLog(sys::FileSystem& files, LocalLogOptions options) : files_(files), options_(std::move(options)), tail_(options_.tail_bytes) {
  if (options_.metrics == nullptr) return;
  telemetry::Registry& m = *options_.metrics;
  syncs_ = &m.counter("isobar_ingest_log_syncs_total", "Group commits made durable.");
  sync_failures_ = &m.counter("isobar_ingest_log_failures_total", "Writes or syncs that failed and sealed a segment.");
  appended_bytes_ = &m.counter("isobar_ingest_log_appended_bytes_total", "Bytes of records and frames made durable.");
  torn_tails_ = &m.counter("isobar_ingest_log_torn_tails_total", "Unacknowledged tails dropped at start.");
}

LocalLog::~LocalLog() = default;

Result<std::unique_ptr<LocalLog>> LocalLog::open(sys::FileSystem& files, LocalLogOptions options) {
  std::unique_ptr<LocalLog> log(new LocalLog(files, std::move(options)));
  TRYV(log->load());
  return log;
}

Result<void> LocalLog::load() {
  TRYV(files_.create_directories(options_.directory));
  TRY(const auto names, files_.list(options_.directory));
  std::vector<std::string> segments;
  for (const std::string& name : names) {
    if (name.ends_with(".segment")) segments.push_back(name);
    if (name.ends_with(".segment.new")) TRYV(files_.remove(options_.directory + "/" + name));
  }
  identity_ = options_.new_topic_identity;
  for (std::size_t i = 0; i < segments.size(); ++i) TRYV(load_segment(segments[i], i + 1 == segments.size()));
  // A segment starts where the one before ends; what that one holds beyond was never acknowledged.
  for (std::size_t i = 0; i + 1 < segments_.size(); ++i) segments_[i].end = segments_[i + 1].base;
  if (!segments_.empty()) end_ = segments_.back().end;
  // Where only the process died, the last of it may still be in the cache. It is served from now on, so it must stay.
  if (!segments_.empty()) TRYV(segments_.back().file->sync());
  return files_.sync_directory(options_.directory);
}

Result<void> LocalLog::load_segment(const std::string& name, bool last) {
  const std::string path = options_.directory + "/" + name;
  TRY(std::unique_ptr<sys::File> file, files_.open(path, sys::OpenMode::kReadWrite));
  TRY(const std::uint64_t size, file->size());
  std::string head(kSegmentHeaderBytes, '\0');
  TRY(const std::size_t got, file->read_at(0, head.data(), head.size()));
  head.resize(got);
  const Result<SegmentHeader> header = decode_segment_header(head);
  if (!header) return fail(Error(header.error()).with_context(path));
  if (segments_.empty()) {
    identity_ = header->topic_identity;
  } else if (header->topic_identity != identity_) {
    return fail(Code::kCorrupt, fmt::format("log segment belongs to another log; move it away: {}", path));
  } else if (segments_.back().end < header->base) {
    return fail(Code::kCorrupt, fmt::format("log positions {} to {} are missing before segment: {}",
                                            segments_.back().end.value, header->base.value, path));
  }
  Segment segment{path, header->base, header->hole_end, std::shared_ptr<sys::File>(std::move(file)), header->is_hole()};
  if (segment.hole) {
    sealed_ = true;  // nothing is appended to it
    active_ = {};
    segments_.push_back(std::move(segment));
    return {};
  }
  // How far an earlier segment reaches is only needed for the gap check; its frames are verified when read.
  if (!last) {
    segment.end = {header->base.value + (size - kSegmentHeaderBytes)};
  } else {
    TRY(segment.end, find_end(segment, size));
    TRY(const bool torn, has_torn_tail(segment, size));
    if (torn) {
      if (torn_tails_ != nullptr) torn_tails_->add();
      telemetry::log_warn("dropping an unacknowledged tail of the ingest log",
                          {{"path", path}, {"position", std::to_string(segment.end.value)}});
      TRYV(segment.file->truncate(kSegmentHeaderBytes + segment.end.value - segment.base.value));
    }
    sealed_ = torn;
    active_ = segment;
  }
  segments_.push_back(std::move(segment));
  return {};
}

Result<Position> LocalLog::find_end(const Segment& segment, std::uint64_t file_size) const {
  Position at = segment.base;
  std::string buffer;
  std::uint64_t buffer_offset = 0;
  while (true) {
    const std::uint64_t offset = kSegmentHeaderBytes + (at.value - segment.base.value);
    if (offset >= file_size) return at;
    if (std::min(offset + kFrameHeaderBytes + kMaxRecordBytes, file_size) > buffer_offset + buffer.size()) {
      buffer.resize(std::min(kScanBytes, file_size - offset));
      buffer_offset = offset;
      TRY(const std::size_t got, segment.file->read_at(offset, buffer.data(), buffer.size()));
      buffer.resize(got);
    }
    const auto frame = decode_frame(std::string_view(buffer).substr(offset - buffer_offset), at);
    if (!frame) return at;
    at = frame->next();
  }
}

// Whole frames behind a hole are harmless leftovers of unsynced writes, unless one of them says that the hole had
// been durable: then acknowledged records are lost, and going on silently is not ours to decide.
Result<bool> LocalLog::has_torn_tail(const Segment& segment, std::uint64_t file_size) const {
  constexpr std::uint64_t kOverlap = kFrameHeaderBytes + kMaxRecordBytes;
  constexpr std::string_view kMark = "IFRM";
  bool torn = false;
  std::uint64_t start = kSegmentHeaderBytes + (segment.end.value - segment.base.value);
  std::string buffer;
  while (start < file_size) {
    buffer.resize(std::min(kScanBytes, file_size - start));
    TRY(const std::size_t got, segment.file->read_at(start, buffer.data(), buffer.size()));
    if (got == 0) break;
    const std::string_view window = std::string_view(buffer).substr(0, got);
    torn = torn || window.find_first_not_of('\0') != std::string_view::npos;
    for (std::size_t at = window.find(kMark); at != std::string_view::npos; at = window.find(kMark, at + 1)) {
      const Position position{segment.base.value + (start - kSegmentHeaderBytes) + at};
      const auto frame = decode_frame(window.substr(at), position);
      if (frame && frame->durable_before > segment.end) {
        return fail(Code::kCorrupt,
                    fmt::format("acknowledged records are damaged at position {}; restore the file from a copy, or "
                                "go on without them by isobar repair data: {}",
                                segment.end.value, segment.path));
      }
    }
    if (start + got >= file_size) break;
    start += got - kOverlap;
  }
  return torn;
}

Result<void> LocalLog::append(std::span<const Append> records) {
  if (records.empty()) return {};
  for (const Append& append : records) {
    if (append.record.size() > kMaxRecordBytes) {
      return fail(Code::kTooLarge, fmt::format("log record is larger than {} bytes", kMaxRecordBytes));
    }
  }
  const std::uint64_t bytes = framed_bytes(records);
  Request request{records, {}, false};
  std::unique_lock lock(mutex_);
  if (waiting_bytes_ != 0 && waiting_bytes_ + bytes > options_.waiting_bytes) {
    return fail(Code::kUnavailable, "the ingest log is slower than its writers: try again later");
  }
  waiting_bytes_ += bytes;
  waiting_.push_back(&request);
  while (!request.done) {
    if (!leading_) {
      lead(lock);
    } else {
      changed_.wait(lock);
    }
  }
  waiting_bytes_ -= bytes;
  lock.unlock();
  if (request.result && on_append_) on_append_();
  return std::move(request.result);
}

void LocalLog::lead(std::unique_lock<std::mutex>& lock) {
  leading_ = true;
  std::vector<Request*> group;
  std::uint64_t bytes = 0;
  while (!waiting_.empty()) {
    const std::uint64_t next = framed_bytes(waiting_.front()->records);
    if (!group.empty() && bytes + next > kMaxGroupBytes) break;
    bytes += next;
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  lock.unlock();
  Result<FrameGroup> written = commit(group);
  lock.lock();
  if (written) {
    end_ = written->end;
    segments_.back().end = written->end;
    tail_.add(*std::move(written));
  }
  for (Request* request : group) {
    if (!written) request->result = fail(written.error());
    request->done = true;
  }
  leading_ = false;
  changed_.notify_all();
}

// Runs without the lock; there is one leader at a time.
Result<FrameGroup> LocalLog::commit(const std::vector<Request*>& group) {
  std::uint64_t bytes = 0;
  for (const Request* request : group) bytes += framed_bytes(request->records);
  TRYV(ensure_segment(bytes));
  FrameGroupBuilder builder(end_, {}, bytes);
  for (const Request* request : group) builder.add(request->records);
  FrameGroup frames = std::move(builder).finish();
  const std::uint64_t offset = kSegmentHeaderBytes + (frames.base.value - active_.base.value);
  Result<void> written = active_.file->write_at(offset, *frames.bytes);
  if (written) written = active_.file->sync();
  if (!written) {
    seal_after_failure(written.error());
    return fail(Error(written.error()).with_context("the write is not durable, send it again"));
  }
  if (syncs_ != nullptr) {
    syncs_->add();
    appended_bytes_->add(frames.bytes->size());
  }
  return frames;
}

Result<void> LocalLog::ensure_segment(std::uint64_t bytes) {
  if (!sealed_) {
    const std::uint64_t used = kSegmentHeaderBytes + (end_.value - active_.base.value);
    if (used + bytes <= options_.segment_bytes || used == kSegmentHeaderBytes) return {};
  }
  // Made beside its name and then renamed, so that a segment without a whole header never has the name, and so that a
  // failed segment without one durable frame (same name) is replaced and never missing: without it, frames that the
  // segment before holds beyond its end would come back.
  const std::string path = options_.directory + "/" + segment_name(end_);
  const std::string unfinished = path + ".new";
  const std::uint64_t size = std::max(options_.segment_bytes, kSegmentHeaderBytes + bytes);
  Result<std::shared_ptr<sys::File>> file = create_segment(unfinished, size);
  if (!file) {
    if (const auto exists = files_.exists(unfinished); exists && *exists) (void)files_.remove(unfinished);
    return fail(std::move(file).error());
  }
  // From here on there may be a segment that begins at end_: what the one before got beyond that would not count.
  sealed_ = true;
  TRYV(files_.rename(unfinished, path));
  TRYV(files_.sync_directory(options_.directory));
  const bool replaces = active_.path == path;
  active_ = {path, end_, end_, *std::move(file), false};
  sealed_ = false;
  const std::lock_guard lock(mutex_);
  if (replaces) segments_.pop_back();
  segments_.push_back(active_);
  return {};
}

Result<std::shared_ptr<sys::File>> LocalLog::create_segment(const std::string& path, std::uint64_t size) {
  TRY(const bool left_over, files_.exists(path));
  if (left_over) TRYV(files_.remove(path));
  TRY(std::shared_ptr<sys::File> file, files_.open(path, sys::OpenMode::kCreate));
  TRYV(file->allocate(size));
  TRYV(file->write_at(0, encode_segment_header({identity_, end_})));
  TRYV(file->sync());
  return file;
}

void LocalLog::seal_after_failure(const Error& error) {
  sealed_ = true;
  if (sync_failures_ != nullptr) sync_failures_->add();
  telemetry::log_error("the ingest log could not be made durable; its segment is sealed",
                       {{"path", active_.path}, {"error", error.message}});
}

Result<ReadBatch> LocalLog::read(PartitionId partition, Position from, std::size_t max_bytes) {
  Segment segment;
  {
    const std::lock_guard lock(mutex_);
    if (from >= end_) return ReadBatch{{}, from, {}};
    if (segments_.empty() || from < segments_.front().base) {
      return fail(Code::kCorrupt, fmt::format("the ingest log begins at position {}, but {} is needed: {}",
                                              segments_.empty() ? 0 : segments_.front().base.value, from.value,
                                              options_.directory));
    }
    if (tail_.holds(from)) return tail_.read(partition, from, max_bytes);
    auto at = segments_.begin();
    while (at->end <= from) ++at;
    segment = *at;
  }
  if (segment.hole) return ReadBatch{{}, segment.end, {}};
  return read_segment(segment, segment.end, partition, from, max_bytes);
}

Result<ReadBatch> LocalLog::read_segment(const Segment& segment, Position end, PartitionId partition, Position from,
                                         std::size_t max_bytes) const {
  // Room for at least one whole frame.
  const std::uint64_t want = std::max<std::uint64_t>(max_bytes, kFrameHeaderBytes + kMaxRecordBytes);
  const std::uint64_t size = std::min(want, end.value - from.value);
  auto buffer = std::make_shared<std::string>(size, '\0');
  TRY(const std::size_t got, segment.file->read_at(kSegmentHeaderBytes + (from.value - segment.base.value),
                                                   buffer->data(), buffer->size()));
  buffer->resize(got);
  return read_frames(std::move(buffer), 0, from, end, partition, segment.path);
}

Position LocalLog::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

Position LocalLog::begin() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? end_ : segments_.front().base;
}

Result<void> LocalLog::trim(std::span<const Position> watermarks) {
  const std::lock_guard trimming(trim_mutex_);
  {
    const std::lock_guard lock(mutex_);
    Position needed = end_;
    for (const Position watermark : watermarks) needed = std::min(needed, watermark);
    // The last segment stays: it is being written.
    while (segments_.size() > 1 && segments_.front().end <= needed) {
      forgotten_.push_back(segments_.front().path);
      segments_.pop_front();
    }
  }
  // Oldest first, so that neither a crash in between nor a failure, after which the next trim goes on here, leaves a gap.
  for (; !forgotten_.empty(); forgotten_.pop_front()) {
    const Result<void> removed = files_.remove(forgotten_.front());
    if (!removed && removed.error().code != Code::kNotFound) return removed;
    TRYV(files_.sync_directory(options_.directory));
  }
  return {};
}

std::uint64_t LocalLog::disk_bytes() const {
  const std::lock_guard lock(mutex_);
  return segments_.size() * options_.segment_bytes;
}
std::uint64_t LocalLog::tail_bytes() const {
  const std::lock_guard lock(mutex_);
  return tail_.held_bytes();
}
std::uint64_t LocalLog::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_;
}

}  // namespace isobar::ingest_log
