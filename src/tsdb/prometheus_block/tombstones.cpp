#include "tsdb/prometheus_block/tombstones.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/crc32c.h"
#include "tsdb/prometheus_block/format.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 5;
constexpr std::size_t kChecksumBytes = 4;

// Sorts, and joins ranges that overlap.
void normalize(std::vector<DeletedRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const DeletedRange& a, const DeletedRange& b) { return a.min_time < b.min_time; });
  std::vector<DeletedRange> joined;
  for (const DeletedRange& range : ranges) {
    if (!joined.empty() && range.min_time <= joined.back().max_time) {
      joined.back().max_time = std::max(joined.back().max_time, range.max_time);
    } else {
      joined.push_back(range);
    }
  }
  ranges = std::move(joined);
}

}  // namespace

Result<Tombstones> decode_tombstones(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return fail(Code::kCorrupt, "tombstones are cut short");
  ByteReader header(bytes);
  if (be32(header) != kTombstonesMagic) return fail(Code::kCorrupt, "not a file of tombstones");
  if (const std::uint8_t version = header.u8(); version != kVersion) {
    return fail(Code::kUnsupported, fmt::format("version of tombstones is {}, this program reads {}", version, kVersion));
  }
  const std::string_view stones = bytes.substr(kHeaderBytes, bytes.size() - kHeaderBytes - kChecksumBytes);
  ByteReader checksum(bytes.substr(bytes.size() - kChecksumBytes));
  if (be32(checksum) != codec::crc32c(stones)) return fail(Code::kCorrupt, "checksum of tombstones does not fit");
  Tombstones tombstones;
  ByteReader in(stones);
  while (!in.at_end()) {
    const std::uint64_t series = in.varint();
    DeletedRange range;
    range.min_time = in.zigzag_varint();
    range.max_time = in.zigzag_varint();
    if (!in.ok()) return fail(Code::kCorrupt, "tombstones are damaged");
    if (range.min_time <= range.max_time) tombstones[series].push_back(range);
  }
  for (auto& [series, ranges] : tombstones) normalize(ranges);
  return tombstones;
}

std::string encode_tombstones(const Tombstones& tombstones) {
  std::string stones;
  for (const auto& [series, ranges] : tombstones) {
    for (const DeletedRange& range : ranges) {
      put_varint(stones, series);
      put_zigzag(stones, range.min_time);
      put_zigzag(stones, range.max_time);
    }
  }
  std::string out;
  put_be32(out, kTombstonesMagic);
  put_u8(out, kVersion);
  out.append(stones);
  put_be32(out, codec::crc32c(stones));
  return out;
}

void append_kept(const model::SampleColumns& in, const std::vector<DeletedRange>& deleted, model::SampleColumns& out) {
  std::int64_t from = INT64_MIN;
  for (const DeletedRange& range : deleted) {
    if (range.min_time > INT64_MIN) append_range(in, {from}, {range.min_time - 1}, out);
    if (range.max_time == INT64_MAX) return;
    from = range.max_time + 1;
  }
  append_range(in, {from}, Timestamp::max(), out);
}

}  // namespace isobar::tsdb::prometheus
