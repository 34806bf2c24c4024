#include "ingest_log/local/log_survey.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "ingest_log/segment.h"
#include "ingest_log/record.h"

namespace isobar::ingest_log {
namespace {

// Sound frames that follow each other, or a range without any.
struct Stretch {
  Position from;
  Position to;
  bool sound = false;
};

struct OpenedSegment {
  SurveyedSegment about;
  std::shared_ptr<const sys::MappedFile> file;
  Position hole_end;
  std::vector<Stretch> stretches;

  std::string_view frames() const {
    return file->bytes().substr(std::min(kSegmentHeaderBytes, file->bytes().size()));
  }
  std::string_view from(Position at) const {
    const std::string_view all = frames();
    return all.substr(std::min<std::uint64_t>(at.value - about.base.value, all.size()));
  }
};

std::optional<Frame> frame_at(std::string_view bytes, Position at) {
  // A damaged length must not make us sum up the whole file.
  const auto frame = decode_frame(bytes.substr(0, kFrameHeaderBytes + kMaxRecordBytes), at);
  return frame;
}

// The first sound frame behind `at` that ends at or below `limit` and of which `wanted` holds.
template <class Wanted>
std::optional<Frame> next_frame(const OpenedSegment& segment, Position at, Position limit, Wanted&& wanted) {
  const std::string_view rest = segment.from(at);
  for (std::size_t found = rest.find("IFRM", 1); found != std::string_view::npos;
       found = rest.find("IFRM", found + 1)) {
    const auto frame = frame_at(rest.substr(found), {at.value + found});
    if (frame && frame->next() <= limit && wanted(*frame)) return frame;
  }
  return std::nullopt;
}

constexpr Position kNoLimit{~std::uint64_t{0}};

class Surveyor {
 public:
  Surveyor(sys::FileSystem& files, std::string directory, std::optional<std::uint64_t> identity)
      : files_(files), directory_(std::move(directory)), identity_(identity) {}

  Result<LogSurvey> run() {
    TRYV(open_segments());
    TRYV(leave_out_foreign());
    for (std::size_t i = 0; i < segments_.size(); ++i) walk(i);
    for (std::size_t i = segments_.size(); i-- > 0;) plan_patches(i);
    for (OpenedSegment& segment : segments_) out_.segments.push_back(std::move(segment.about));
    if (!out_.segments.empty()) {
      out_.begin = out_.segments.front().base;
      out_.end = out_.segments.back().end;
    }
    return std::move(out_);
  }

 private:
  Result<void> open_segments() {
    TRY(const auto names, files_.list(directory_));
    for (const std::string& name : names) {
      if (name.ends_with(".segment.new") || name.ends_with(".segment.tmp")) {
        out_.unfinished.push_back(name);
      } else if (!name.ends_with(".segment")) {
        out_.unknown.push_back(name);
      } else {
        TRYV(open_segment(name));
      }
    }
    std::stable_sort(segments_.begin(), segments_.end(), [](const OpenedSegment& a, const OpenedSegment& b) {
      return a.about.base < b.about.base;
    });
    return {};
  }

  Result<void> open_segment(const std::string& name) {
    OpenedSegment segment;
    segment.about.name = name;
    TRY(segment.file, files_.map(directory_ + "/" + name));
    const auto header = decode_segment_header(segment.file->bytes());
    if (header) {
      segment.about.base = header->base;
      segment.about.hole = header->is_hole();
      segment.hole_end = header->hole_end;
      identities_.push_back(header->topic_identity);
    } else if (header.error().code == Code::kUnsupported) {
      return fail(Error(header.error()).with_context(name));
    } else if (const auto base = base_of_name(name)) {
      segment.about.base = *base;
      segment.about.header_damaged = segment.about.damaged = true;
      identities_.push_back(std::nullopt);
    } else {
      out_.foreign.push_back(name);
      return {};
    }
    segment_identity_.emplace(name, identities_.back());
    segments_.push_back(std::move(segment));
    return {};
  }

  Result<void> leave_out_foreign() {
    const auto known = [](const std::optional<std::uint64_t>& identity) { return identity.has_value(); };
    const auto first = std::find_if(identities_.begin(), identities_.end(), known);
    if (!identity_ && first != identities_.end()) identity_ = *first;
    out_.identity = identity_.value_or(0);
    if (first != identities_.end() &&
        std::none_of(identities_.begin(), identities_.end(), [&](const auto& i) { return i == identity_; })) {
      return fail(
          Code::kCorrupt,
          fmt::format(
              "the manifest belongs to another ingest log (manifest {:016x}, log {:016x}); put the data "
              "directory back together as it was",
              out_.identity, **first));
    }
    std::erase_if(segments_, [&](const OpenedSegment& segment) {
      const auto& own = segment_identity_[segment.about.name];
      if (!own || own == identity_) return false;
      out_.foreign.push_back(segment.about.name);
      return true;
    });
    return {};
  }

  void walk(std::size_t number) {
    OpenedSegment& segment = segments_[number];
    const bool last = number + 1 == segments_.size();
    const Position limit = last ? kNoLimit : segments_[number + 1].about.base;
    Position at = segment.about.base;
    if (segment.about.hole) {
      at = std::min(segment.hole_end, limit);
      segment.stretches.push_back({segment.about.base, at, true});
    }
    while (at < limit) {
      const Position from = at;
      if (!segment.about.hole) at = walk_sound(segment, at, limit);
      if (at > from) segment.stretches.push_back({from, at, true});
      if (at >= limit) break;
      const std::optional<Position> behind = lost_until(segment, at, limit, last);
      if (!behind) break;
      note_lost(segment, at, *behind, limit);
      segment.stretches.push_back({at, *behind, false});
      at = *behind;
    }
    segment.about.end = at;
  }

  Position walk_sound(const OpenedSegment& segment, Position at, Position limit) {
    while (const auto frame = frame_at(segment.from(at), at)) {
      if (frame->next() > limit) break;
      ++out_.records;
      out_.partitions = std::max(out_.partitions, frame->partition.value + 1);
      at = frame->next();
      if (const auto record = decode_record(frame->record)) last_received_ = record->header.ingest_time;
    }
    return at;
  }

  // Where sound frames go on behind a place without one; nothing if what is there was never acknowledged.
  std::optional<Position> lost_until(const OpenedSegment& segment, Position at, Position limit,
                                     bool last) const {
    if (segment.about.hole) return last ? std::nullopt : std::optional(limit);
    if (last &&
        !next_frame(segment, at, limit, [&](const Frame& frame) { return frame.durable_before > at; }))
      return std::nullopt;
    const auto frame = next_frame(segment, at, limit, [](const Frame&) { return true; });
    return frame ? frame->position : limit;
  }

  void note_lost(OpenedSegment& segment, Position from, Position to, Position limit) {
    LostRange range;
    range.segment = segment.about.name;
    range.from = from;
    range.to = to;
    const std::string_view bytes =
        segment.about.hole ? std::string_view() : segment.from(from).substr(0, to.value - from.value);
    range.missing = to == limit && bytes.find_first_not_of('\0') == std::string_view::npos;
    if (!range.missing) segment.about.damaged = true;
    name_records(bytes, range);
    range.received_after = last_received_;
    if (const auto behind = segment.about.hole ? std::nullopt : frame_at(segment.from(to), to)) {
      if (const auto record = decode_record(behind->record))
        range.received_before = record->header.ingest_time;
    }
    out_.lost.push_back(std::move(range));
  }

  // A record may be damaged and its frame's header not.
  static void name_records(std::string_view bytes, LostRange& range) {
    Position at = range.from;
    while (at < range.to) {
      ByteReader in(bytes.substr(std::min<std::uint64_t>(at.value - range.from.value, bytes.size())));
      const std::string_view magic = in.take(4);
      in.u32();
      const bool here = in.u64() == at.value;
      in.u64();
      const std::uint32_t partition = in.u32();
      const std::uint64_t size = kFrameHeaderBytes + std::uint64_t{in.u32()};
      if (!in.ok() || magic != "IFRM" || !here || size > range.to.value - at.value) break;
      RecordTotal& total = range.named[partition];
      ++total.records;
      total.bytes += size;
      at.value += size;
    }
    range.unnamed_bytes = range.to.value - at.value;
  }

  // A segment ends where the next one begins, so a file for each stretch behind the first is all that is
  // needed; the segment itself is replaced only where its own begin is not sound.
  void plan_patches(std::size_t number) {
    const OpenedSegment& segment = segments_[number];
    for (std::size_t i = segment.stretches.size(); i-- > 0;) {
      const Stretch& stretch = segment.stretches[i];
      const bool stands = i == 0 && stretch.sound && !segment.about.header_damaged;
      if (stands) continue;
      const std::string name = i == 0 ? segment.about.name : segment_name(stretch.from);
      out_.patches.push_back({name, stretch.from, stretch.to, stretch.sound ? segment.about.name : ""});
    }
    // The last segment without a sound header and without a frame: a header is all it had.
    if (segment.stretches.empty() && segment.about.header_damaged) {
      out_.patches.push_back({segment.about.name, segment.about.base, segment.about.base, {}});
    }
  }

  sys::FileSystem& files_;
  std::string directory_;
  std::optional<std::uint64_t> identity_;
  std::vector<OpenedSegment> segments_;
  std::vector<std::optional<std::uint64_t>> identities_;
  std::map<std::string, std::optional<std::uint64_t>> segment_identity_;
  std::optional<Timestamp> last_received_;
  LogSurvey out_;
};

// What a crash leaves beside the name the next start removes.
Result<void> place(sys::FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string unfinished = path + ".new";
  TRY(const bool left_over, files.exists(unfinished));
  if (left_over) TRYV(files.remove(unfinished));
  TRY(auto file, files.open(unfinished, sys::OpenMode::kCreate));
  TRYV(file->write_at(0, bytes));
  TRYV(file->sync());
  file.reset();
  TRYV(files.rename(unfinished, path));
  return files.sync_directory(sys::directory_of(path));
}

}  // namespace

Result<void> visit_records(sys::FileSystem& files, const std::string& directory, const LogSurvey& survey,
                           PartitionId partition, Position from, Position to,
                           const std::function<Result<void>(std::string_view record)>& visit) {
  for (const SurveyedSegment& segment : survey.segments) {
    if (segment.end <= from || segment.base >= to) continue;
    OpenedSegment open;
    open.about = segment;
    TRY(open.file, files.map(directory + "/" + segment.name));
    const Position end = std::min(segment.end, to);
    for (Position at = std::max(segment.base, from); at < end;) {
      const auto frame = frame_at(open.from(at), at);
      if (!frame)
        return fail(Code::kCorrupt,
                    fmt::format("no sound record at position {}: {}", at.value, segment.name));
      if (frame->partition == partition) TRYV(visit(frame->record));
      at = frame->next();
    }
  }
  return {};
}

LogPatch hole_patch(Position from, Position to) {
  return {segment_name(from), from, to, {}};
}
LogPatch empty_patch(Position base) {
  return {segment_name(base), base, base, {}};
}

Result<LogSurvey> survey_log(sys::FileSystem& files, const std::string& directory,
                             std::optional<std::uint64_t> identity) {
  return Surveyor(files, directory, identity).run();
}

Result<void> write_patch(sys::FileSystem& files, const std::string& directory, std::uint64_t identity,
                         const LogPatch& patch) {
  SegmentHeader header{identity, patch.base, {}};
  if (patch.source.empty() && patch.end > patch.base) header.hole_end = patch.end;
  std::string bytes = encode_segment_header(header);
  if (!patch.source.empty() && patch.end > patch.base) {
    TRY(const auto source, files.map(directory + "/" + patch.source));
    // Positions of the source count from its own base, which its name or its header says.
    const auto own = decode_segment_header(source->bytes());
    const auto named = base_of_name(patch.source);
    if (!own && !named)
      return fail(Code::kInternal, "a segment without a position cannot be copied: " + patch.source);
    const Position base = own ? own->base : *named;
    const std::uint64_t offset = kSegmentHeaderBytes + (patch.base.value - base.value);
    if (offset + (patch.end.value - patch.base.value) > source->bytes().size()) {
      return fail(Code::kConflict, "a segment has changed since it was looked at: " + patch.source);
    }
    bytes.append(source->bytes().substr(offset, patch.end.value - patch.base.value));
  }
  return place(files, directory + "/" + patch.name, bytes);
}

}  // namespace isobar::ingest_log
