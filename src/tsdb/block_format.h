// Constants that writer and reader of metrics blocks share. Format: docs/formats/metrics_block.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace isobar::tsdb {

inline constexpr std::string_view kBlockMagic = "ISOBMBLK";
// Version 1 had no vectors, 2 no tables of values; both are read.
inline constexpr std::uint32_t kBlockVersion = 3;
// What only downsampled blocks are, for their encodings of chunks.
inline constexpr std::uint32_t kDownsampledBlockVersion = 4;
inline constexpr std::uint32_t kBlockVersionOfTables = 3;
inline constexpr std::size_t kBlockHeaderBytes = 16;

// In file order. The footer holds offset, size and CRC-32C of each; chunk bodies carry checksums of their own, so the
// first section's is zero.
enum class BlockSection : std::size_t { kChunks, kSymbols, kSeries, kPostings, kTenants, kExemplars, kMetadata };
inline constexpr std::size_t kBlockSections = 7;
// Per section 8+8+4, then count of sections 4, CRC-32C 4, magic 8.
inline constexpr std::size_t kBlockFooterBytes = kBlockSections * 20 + 16;

}  // namespace isobar::tsdb
