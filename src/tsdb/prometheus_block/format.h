// Constants of the block format of Prometheus, which Mimir, Cortex and Thanos share. Source: the pages chunks.md,
// index.md and tombstones.md of prometheus/prometheus (tsdb/docs/format). What we read and write of it:
// docs/formats/prometheus_block.md.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace isobar::tsdb::prometheus {

inline constexpr std::uint32_t kIndexMagic = 0xBAAAD700;
inline constexpr std::uint32_t kChunksMagic = 0x85BD40DD;
inline constexpr std::uint32_t kTombstonesMagic = 0x0130BA30;
inline constexpr std::size_t kIndexHeaderBytes = 5;   // magic, version
inline constexpr std::size_t kTocBytes = 6 * 8 + 4;   // six offsets and a checksum, at the end of an index
inline constexpr std::size_t kChunksHeaderBytes = 8;  // magic, version, padding
inline constexpr std::uint64_t kSegmentBytes = 512ULL << 20;
inline constexpr std::size_t kSamplesPerChunk = 120;
inline constexpr std::uint64_t kSeriesAlignment = 16;

// A chunk's first byte.
enum class Encoding : std::uint8_t {
  kXor = 1,
  kHistogram = 2,
  kFloatHistogram = 3,
  kXor2 = 4,  // these three may hold start timestamps; written by newer versions if told to, and by us never
  kHistogramStarts = 5,
  kFloatHistogramStarts = 6,
  kThanosAggregates = 0xff,  // Thanos' downsampled blocks: aggregate_chunk.h
};

// A chunk as the index describes it; times inclusive.
struct ChunkMeta {
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  std::uint64_t ref = 0;  // segment << 32 | offset, segments counted from 0
};

// Fixed-width integers of this format are big-endian.
inline void put_be32(std::string& out, std::uint32_t v) { put_u32(out, __builtin_bswap32(v)); }
inline void put_be64(std::string& out, std::uint64_t v) { put_u64(out, __builtin_bswap64(v)); }
inline std::uint32_t be32(ByteReader& in) { return __builtin_bswap32(in.u32()); }
inline std::uint64_t be64(ByteReader& in) { return __builtin_bswap64(in.u64()); }

}  // namespace isobar::tsdb::prometheus
