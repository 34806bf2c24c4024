// Bytes that live and die together: append-only, addresses stay valid until the arena dies. Chunks double from 4 KiB
// to 256 KiB, so a small owner stays small and a large one makes few allocations. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace isobar {

class Arena {
 public:
  // Uninitialised bytes, aligned to `align` (a power of two, at most 16).
  char* allocate(std::size_t size, std::size_t align = 1) {
    std::size_t start = (used_ + align - 1) & ~(align - 1);
    if (chunks_.empty() || start + size > capacity_) {
      grow(size);
      start = 0;
    }
    used_ = start + size;
    return chunks_.back().get() + start;
  }
  std::string_view copy(std::string_view bytes) {
    char* to = allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return {to, bytes.size()};
  }
  // Bytes obtained from the allocator.
  std::size_t reserved_bytes() const { return reserved_; }

 private:
  void grow(std::size_t at_least) {
    std::size_t size = next_;
    if (next_ < 256 * 1024) next_ *= 2;
    if (size < at_least) size = at_least;
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    capacity_ = size;
    used_ = 0;
    reserved_ += size;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::size_t next_ = 4096;
  std::size_t reserved_ = 0;
};

}  // namespace isobar
