#include "ingest_log/local/log_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest_log/segment.h"

namespace isobar::ingest_log {
namespace {

struct OpenSegment {
  std::shared_ptr<const sys::MappedFile> file;
  SegmentHeader header;
  Position end;  // behind the last whole frame
};

std::string_view frames_of(const OpenSegment& segment) { return segment.file->bytes().substr(kSegmentHeaderBytes); }

// Walks the frames from the first on.
void walk(OpenSegment& segment, SegmentCheck& check) {
  const std::string_view bytes = frames_of(segment);
  segment.end = segment.header.is_hole() ? segment.header.hole_end : segment.header.base;
  if (segment.header.is_hole()) return;
  while (const auto frame = decode_frame(bytes.substr(check.bytes), segment.end)) {
    ++check.frames;
    check.bytes += frame->byte_size();
    segment.end = frame->next();
  }
}

// A frame behind the end that says that its position had been durable. docs/formats/ingest_log.md, "Start".
bool lost_acknowledged(const OpenSegment& segment, std::uint64_t used) {
  const std::string_view rest = frames_of(segment).substr(used);
  for (std::size_t at = rest.find("IFRM"); at != std::string_view::npos; at = rest.find("IFRM", at + 1)) {
    const auto frame = decode_frame(rest.substr(at), {segment.end.value + at});
    if (frame && frame->durable_before > segment.end) return true;
  }
  return false;
}

Result<OpenSegment> open_segment(sys::FileSystem& files, const std::string& path) {
  OpenSegment segment;
  TRY(segment.file, files.map(path));
  TRY(segment.header, decode_segment_header(segment.file->bytes()));
  return segment;
}

tl::unexpected<Error> damaged_at(Position position) {
  return fail(Code::kCorrupt, fmt::format("acknowledged records are damaged at position {}", position.value));
}

// `next` is where the following segment begins, null for the last.
Result<void> judge(const OpenSegment& segment, const OpenSegment* next, SegmentCheck& check) {
  if (next != nullptr) {
    if (next->header.topic_identity != segment.header.topic_identity) return fail(Code::kCorrupt, "the next segment belongs to another log");
    if (segment.end < next->header.base) return damaged_at(segment.end);
    return {};
  }
  if (segment.header.is_hole()) return {};
  const std::string_view rest = frames_of(segment).substr(check.bytes);
  if (lost_acknowledged(segment, check.bytes)) return damaged_at(segment.end);
  const std::size_t last = rest.find_last_not_of('\0');
  check.tail_bytes = last == std::string_view::npos ? 0 : last + 1;
  return {};
}

}  // namespace

Result<std::vector<SegmentCheck>> check_segments(sys::FileSystem& files, const std::string& directory) {
  TRY(auto names, files.list(directory));
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".segment"); });
  std::sort(names.begin(), names.end());
  std::vector<SegmentCheck> checks(names.size());
  std::vector<Result<OpenSegment>> segments;
  for (std::size_t i = 0; i < names.size(); ++i) {
    checks[i].path = directory + "/" + names[i];
    segments.push_back(open_segment(files, checks[i].path));
    if (segments[i]) walk(*segments[i], checks[i]);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!segments[i]) {
      checks[i].state = fail(segments[i].error());
      continue;
    }
    checks[i].base = segments[i]->header.base;
    checks[i].end = segments[i]->end;
    checks[i].hole = segments[i]->header.is_hole();
    const bool last = i + 1 == names.size();
    if (!last && !segments[i + 1]) continue;  // that one is named; how far this one must reach is not known
    checks[i].state = judge(*segments[i], last ? nullptr : &*segments[i + 1], checks[i]);
  }
  return checks;
}

}  // namespace isobar::ingest_log
