// Memory for many small buffers that grow and come back, and die together: an arena with a free list per size. Sizes are
// 16, 24, 32, 48, 64, 96, … bytes, so a buffer that holds what is asked for wastes a third at most, and one that grew
// leaves its old place to others. No bookkeeping per buffer: who holds one knows its class. Addresses are aligned to 8
// and stay valid until the arena dies. Not thread-safe.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/arena.h"

namespace isobar {

class RecyclingArena {
 public:
  using SizeClass = std::uint8_t;
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 24;

  // The smallest class of at least `bytes`, which is at most kMaxBytes.
  static constexpr SizeClass class_of(std::size_t bytes) {
    if (bytes <= 16) return 0;
    const auto power = static_cast<unsigned>(std::bit_width(bytes - 1));  // bytes <= 2^power
    const bool smaller = bytes <= (std::size_t{3} << (power - 2));
    return static_cast<SizeClass>(2 * (power - 4) - (smaller ? 1 : 0));
  }
  static constexpr std::size_t bytes_of(SizeClass size_class) {
    return std::size_t{size_class % 2 == 0 ? 16U : 24U} << (size_class / 2);
  }

  // Uninitialised, bytes_of(size_class) long.
  char* allocate(SizeClass size_class) {
    char*& free = free_[size_class];
    if (free == nullptr) return arena_.allocate(bytes_of(size_class), 8);
    char* const taken = free;
    std::memcpy(&free, taken, sizeof(free));
    return taken;
  }
  void release(char* buffer, SizeClass size_class) {
    char*& free = free_[size_class];
    std::memcpy(buffer, &free, sizeof(free));
    free = buffer;
  }
  // Bytes obtained from the allocator.
  std::size_t reserved_bytes() const { return arena_.reserved_bytes(); }

 private:
  Arena arena_;
  std::array<char*, 41> free_{};
};

}  // namespace isobar
