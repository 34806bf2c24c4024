#include "ingest_log/segment.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/crc32c.h"

namespace isobar::ingest_log {
namespace {

constexpr std::string_view kMagic = "ISOBLOG\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kVersionOfHoles = 2;
constexpr std::uint32_t kVersionOfObjects = 3;
constexpr std::string_view kSuffix = ".segment";
constexpr std::size_t kNameDigits = 20;
constexpr std::uint32_t kFrameMagic = 0x4d524649;  // "IFRM"

}  // namespace

std::string segment_name(Position base) { return fmt::format("{:0{}}{}", base.value, kNameDigits, kSuffix); }

std::optional<Position> base_of_name(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  Position base;
  const auto parsed = std::from_chars(name.data(), name.data() + kNameDigits, base.value);
  if (parsed.ec != std::errc{} || parsed.ptr != name.data() + kNameDigits) return std::nullopt;
  return base;
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string out(kMagic);
  put_u32(out, header.is_object() ? kVersionOfObjects : header.is_hole() ? kVersionOfHoles : kVersion);
  put_u32(out, 0);
  put_u64(out, header.topic_identity);
  put_u64(out, header.base.value);
  put_u64(out, header.hole_end.value);
  put_u64(out, header.epoch);
  put_u64(out, header.writer);
  out.resize(kSegmentHeaderBytes - 4, '\0');
  put_u32(out, codec::crc32c(out));
  return out;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) {
    return fail(Code::kCorrupt, "no segment header");
  }
  bytes = bytes.substr(0, kSegmentHeaderBytes);
  ByteReader in(bytes.substr(kMagic.size()));
  const std::uint32_t version = in.u32();
  in.u32();
  SegmentHeader header;
  header.topic_identity = in.u64();
  header.base.value = in.u64();
  const std::uint64_t hole_end = in.u64();
  header.epoch = in.u64();
  header.writer = in.u64();
  ByteReader tail(bytes.substr(kSegmentHeaderBytes - 4));
  if (tail.u32() != codec::crc32c(bytes.substr(0, kSegmentHeaderBytes - 4))) {
    return fail(Code::kCorrupt, "segment header fails its checksum");
  }
  if (version == 0 || version > kVersionOfObjects) {
    return fail(Code::kUnsupported, fmt::format("segment version is {}, this program reads up to {}", version, kVersionOfObjects));
  }
  if ((version == kVersionOfObjects) != header.is_object()) return fail(Code::kCorrupt, "segment header: its version does not fit its writer");
  if (version == kVersionOfHoles) {
    if (hole_end <= header.base.value) return fail(Code::kCorrupt, "segment header: a hole ends where it begins");
    header.hole_end.value = hole_end;
  }
  return header;
}

void encode_frame(std::string& out, const Frame& frame) {
  const std::size_t start = out.size();
  put_u32(out, kFrameMagic);
  put_u32(out, 0);  // checksum, below
  put_u64(out, frame.position.value);
  put_u64(out, frame.durable_before.value);
  put_u32(out, frame.partition.value);
  put_u32(out, static_cast<std::uint32_t>(frame.record.size()));
  CHECK(out.size() - start == kFrameHeaderBytes);
  out.append(frame.record);
  const std::uint32_t crc = codec::crc32c(std::string_view(out).substr(start + 8));
  std::memcpy(out.data() + start + 4, &crc, sizeof(crc));
}

std::optional<Frame> decode_frame(std::string_view bytes, Position position) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  ByteReader in(bytes);
  const std::uint32_t magic = in.u32();
  const std::uint32_t crc = in.u32();
  Frame frame;
  frame.position.value = in.u64();
  frame.durable_before.value = in.u64();
  frame.partition.value = in.u32();
  const std::uint32_t size = in.u32();
  if (magic != kFrameMagic || frame.position != position || size > in.remaining()) return std::nullopt;
  frame.record = in.take(size);
  if (codec::crc32c(bytes.substr(8, kFrameHeaderBytes - 8 + size)) != crc) return std::nullopt;
  return frame;
}

}  // namespace isobar::ingest_log
