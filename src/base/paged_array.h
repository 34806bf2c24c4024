// An array that grows at its end in pages: growing moves nothing and leaves at most one page unused, where a vector
// holds twice its size while it doubles. Addresses of elements stay valid. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace isobar {

template <typename T, std::size_t kPage>
class PagedArray {
  static_assert((kPage & (kPage - 1)) == 0, "a power of two, so that finding an element is two shifts");

 public:
  // One more at the end, default-initialised.
  T& grow() {
    if (size_ % kPage == 0) pages_.push_back(std::make_unique<Page>());
    return (*this)[size_++];
  }
  void push_back(T value) { grow() = std::move(value); }
  T& operator[](std::size_t i) { return pages_[i / kPage]->items[i % kPage]; }
  const T& operator[](std::size_t i) const { return pages_[i / kPage]->items[i % kPage]; }
  std::size_t size() const { return size_; }
  // Allocated by the array itself.
  std::size_t bytes() const { return pages_.size() * kPage * sizeof(T) + pages_.capacity() * sizeof(pages_[0]); }

 private:
  // Not T[]: that would begin with its length, and a page of a round size would take the next larger one.
  struct Page {
    T items[kPage]{};
  };
  std::vector<std::unique_ptr<Page>> pages_;
  std::size_t size_ = 0;
};

}  // namespace isobar
