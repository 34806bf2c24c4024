// Postings: the series that carry one name=value, as ascending series numbers. Compressed, with one layout in memory and
// in blocks (docs/formats/metrics_block.md): groups of 128 numbers, each packed by bits or by varints, whichever is
// smaller, and for every group but the first its first number and offset, so that few numbers are found in many without
// reading all. A run of neighbours takes 9 bytes for 128.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isobar::tsdb {

// Series numbers, ascending, unpacked.
using Postings = std::vector<std::uint32_t>;

inline constexpr std::uint32_t kPostingsGroup = 128;

// A list that lies elsewhere, and stays there while it is read. Damaged bytes give fewer numbers, never ones out of order
// or not below `limit`. Thread-safe.
class PostingsView {
 public:
  PostingsView() = default;
  // Plain numbers; `limit` is above the last.
  static PostingsView of(std::span<const std::uint32_t> numbers);
  static PostingsView of(std::uint32_t number);
  // As PostingsList::encode() wrote; `bytes` may go on behind it.
  static PostingsView parse(std::string_view bytes, std::uint32_t limit);

  std::uint32_t size() const { return count_; }
  void append_to(Postings& out) const;
  // Appends those of `candidates` that are in the list.
  void intersect(std::span<const std::uint32_t> candidates, Postings& out) const;

 private:
  friend class PostingsList;
  bool is_plain() const { return single_ || plain_ != nullptr; }
  std::span<const std::uint32_t> plain() const { return {single_ ? &only_ : plain_, count_}; }
  std::uint32_t groups() const { return (count_ + kPostingsGroup - 1) / kPostingsGroup; }
  std::uint32_t first_of(std::uint32_t group) const;  // group > 0
  std::uint32_t decode_group(std::uint32_t group, std::uint32_t* out) const;

  std::uint32_t count_ = 0;
  std::uint32_t limit_ = 0;
  const std::uint32_t* plain_ = nullptr;  // not null: the numbers
  std::uint32_t only_ = 0;                // the number, if `single_`
  bool single_ = false;
  const char* skips_ = nullptr;           // u32 first number, u32 offset in body_ for each group but the first
  std::string_view body_;
};

// A list that grows at its end, in 16 bytes while it has up to three numbers. Not thread-safe.
class PostingsList {
 public:
  PostingsList() = default;
  ~PostingsList();
  PostingsList(PostingsList&& other) noexcept;
  PostingsList& operator=(PostingsList&& other) noexcept;

  // Above all that are there.
  void push_back(std::uint32_t number);
  std::uint32_t size() const { return words_[0]; }
  bool empty() const { return size() == 0; }
  // Valid until the next push_back().
  PostingsView view() const;
  // In the layout of blocks.
  void encode(std::string& out) const;
  // Allocated, without the object itself.
  std::size_t heap_bytes() const;

 private:
  struct Long;
  static constexpr std::uint32_t kFew = 3;
  Long* rest() const;
  void set_rest(Long* rest);

  // Count, then the numbers if they are few; else the pointer to Long in the last two.
  alignas(8) std::uint32_t words_[1 + kFew] = {0, 0, 0, 0};
};

}  // namespace isobar::tsdb
