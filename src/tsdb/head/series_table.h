// Series of the head by the hash of their labels: slots of 8 bytes (number, and 32 bits of the hash to reject others), the
// whole hash in a column beside. Look-ups are made for many series at once, so that the misses of the cache overlap. Not
// thread-safe; const members are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/paged_array.h"

namespace isobar::tsdb {

// Of all series of a generation, by number.
using SeriesHashes = PagedArray<Hash128, 1024>;

class SeriesTable {
 public:
  static constexpr std::uint32_t kUnknown = UINT32_MAX;

  // refs[i]: the number of the series with hashes[i], or kUnknown. Both of one length.
  void find(std::span<const Hash128> hashes, const SeriesHashes& known, std::span<std::uint32_t> refs) const;
  std::uint32_t find(const Hash128& hash, const SeriesHashes& known) const;
  // A series that is not yet there; known[ref] is its hash.
  void add(std::uint32_t ref, const SeriesHashes& known);
  std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint32_t ref = kUnknown;
    std::uint32_t tag = 0;
  };
  std::size_t first_slot(const Hash128& hash) const { return hash.low & (slots_.size() - 1); }
  static std::uint32_t tag_of(const Hash128& hash) { return static_cast<std::uint32_t>(hash.high); }
  void put(std::uint32_t ref, const Hash128& hash);

  std::vector<Slot> slots_;  // a power of two, or none
  std::size_t size_ = 0;
};

}  // namespace isobar::tsdb
