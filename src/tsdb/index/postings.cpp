#include "tsdb/index/postings.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace isobar::tsdb {
namespace {

constexpr std::size_t kSkipBytes = 8;
constexpr std::uint8_t kVarints = 255;  // instead of the width in bits of a packed group
constexpr std::size_t kPackedBytes = kPostingsGroup * 4;

std::size_t packed_bytes(unsigned width) { return ((kPostingsGroup - 1) * width + 7) / 8; }

// The mode, then the distances less one of a whole group, in the smaller of both ways.
void encode_group(const std::uint32_t* numbers, std::string& out) {
  std::uint32_t all_bits = 0;
  std::string varints;
  for (std::uint32_t i = 1; i < kPostingsGroup; ++i) {
    const std::uint32_t gap = numbers[i] - numbers[i - 1] - 1;
    all_bits |= gap;
    put_varint(varints, gap);
  }
  const auto width = static_cast<unsigned>(std::bit_width(all_bits));
  if (packed_bytes(width) > varints.size()) {
    put_u8(out, kVarints);
    out.append(varints);
    return;
  }
  put_u8(out, static_cast<std::uint8_t>(width));
  std::uint64_t pending = 0;
  unsigned bits = 0;
  for (std::uint32_t i = 1; i < kPostingsGroup; ++i) {
    pending |= std::uint64_t{numbers[i] - numbers[i - 1] - 1} << bits;
    for (bits += width; bits >= 8; bits -= 8, pending >>= 8) put_u8(out, static_cast<std::uint8_t>(pending));
  }
  if (bits > 0) put_u8(out, static_cast<std::uint8_t>(pending));
}

// Unpacks the distances of a whole group; false if bytes are missing.
bool unpack(ByteReader& in, unsigned width, std::uint32_t* gaps) {
  const std::string_view packed = in.take(packed_bytes(width));
  if (!in.ok()) return false;
  char padded[kPackedBytes + 8];  // so that eight bytes may be read at any place
  if (!packed.empty()) std::memcpy(padded, packed.data(), packed.size());
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  for (std::size_t i = 0; i + 1 < kPostingsGroup; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, padded + i * width / 8, sizeof(word));
    gaps[i] = static_cast<std::uint32_t>(word >> (i * width % 8) & mask);
  }
  return true;
}

}  // namespace

PostingsView PostingsView::of(std::span<const std::uint32_t> numbers) {
  PostingsView view;
  view.count_ = static_cast<std::uint32_t>(numbers.size());
  view.plain_ = numbers.data();
  return view;
}

PostingsView PostingsView::of(std::uint32_t number) {
  PostingsView view;
  view.count_ = 1;
  view.only_ = number;
  view.single_ = true;
  return view;
}

PostingsView PostingsView::parse(std::string_view bytes, std::uint32_t limit) {
  ByteReader in(bytes);
  const std::uint64_t count = in.varint();
  if (!in.ok() || count == 0 || count > limit) return {};
  PostingsView view;
  view.count_ = static_cast<std::uint32_t>(count);
  view.limit_ = limit;
  view.skips_ = in.take(std::uint64_t{view.groups() - 1} * kSkipBytes).data();
  view.body_ = in.take(in.remaining());
  return in.ok() ? view : PostingsView{};
}

std::uint32_t PostingsView::first_of(std::uint32_t group) const {
  std::uint32_t first = 0;
  std::memcpy(&first, skips_ + (group - 1) * kSkipBytes, sizeof(first));
  return first;
}

// How many numbers of the group there are; all that come before damage.
std::uint32_t PostingsView::decode_group(std::uint32_t group, std::uint32_t* out) const {
  std::uint32_t offset = 0;
  if (group > 0) std::memcpy(&offset, skips_ + (group - 1) * kSkipBytes + 4, sizeof(offset));
  if (offset > body_.size()) return 0;
  ByteReader in(body_.substr(offset));
  const std::uint64_t first = group > 0 ? first_of(group) : in.varint();
  if (!in.ok() || first >= limit_) return 0;
  const std::uint32_t count = std::min(kPostingsGroup, count_ - group * kPostingsGroup);
  out[0] = static_cast<std::uint32_t>(first);
  const std::uint8_t mode = count == kPostingsGroup ? in.u8() : kVarints;
  if (mode == 0) {
    for (std::uint32_t i = 1; i < count; ++i) out[i] = out[0] + i;
    return std::min(count, limit_ - out[0]);
  }
  std::uint32_t gaps[kPostingsGroup];
  if (mode != kVarints && (mode > 32 || !unpack(in, mode, gaps))) return 1;
  std::uint64_t number = first;
  for (std::uint32_t i = 1; i < count; ++i) {
    const std::uint64_t gap = mode == kVarints ? in.varint() : gaps[i - 1];
    if (!in.ok() || gap >= limit_) return i;
    number += gap + 1;
    if (number >= limit_) return i;
    out[i] = static_cast<std::uint32_t>(number);
  }
  return count;
}

void PostingsView::append_to(Postings& out) const {
  if (is_plain()) {
    out.insert(out.end(), plain().begin(), plain().end());
    return;
  }
  // Only at first: room for exactly one list more, list by list, would copy all each time.
  if (out.empty()) out.reserve(std::min<std::size_t>(count_, body_.size() * kPostingsGroup));
  const std::size_t begin = out.size();
  std::uint32_t group_numbers[kPostingsGroup];
  for (std::uint32_t g = 0; g < groups(); ++g) {
    const std::uint32_t n = decode_group(g, group_numbers);
    if (n == 0 || (out.size() > begin && group_numbers[0] <= out.back())) return;
    out.insert(out.end(), group_numbers, group_numbers + n);
  }
}

void PostingsView::intersect(std::span<const std::uint32_t> candidates, Postings& out) const {
  if (is_plain()) {
    const bool fewer = plain().size() < candidates.size();
    const std::span<const std::uint32_t> sought = fewer ? plain() : candidates;
    const std::span<const std::uint32_t> in = fewer ? candidates : plain();
    auto from = in.begin();
    for (const std::uint32_t number : sought) {
      from = std::lower_bound(from, in.end(), number);
      if (from == in.end()) return;
      if (*from == number) out.push_back(number);
    }
    return;
  }
  std::uint32_t numbers[kPostingsGroup];
  std::uint32_t group = 0;
  auto at = candidates.begin();
  while (at != candidates.end() && group < groups()) {
    // The last group that begins at or before the candidate: first the next one, as neighbours are common, then by halves.
    std::uint32_t low = group;
    if (low + 1 < groups() && first_of(low + 1) <= *at) {
      std::uint32_t high = groups();
      ++low;
      while (high - low > 1) {
        const std::uint32_t middle = low + (high - low) / 2;
        (first_of(middle) <= *at ? low : high) = middle;
      }
    }
    group = low;
    const std::uint32_t* number = numbers;
    const std::uint32_t* const end = numbers + decode_group(group, numbers);
    const bool last = group + 1 == groups();
    const std::uint32_t next = last ? UINT32_MAX : first_of(group + 1);
    for (; at != candidates.end() && (last || *at < next); ++at) {
      while (number != end && *number < *at) ++number;
      if (number != end && *number == *at) out.push_back(*at);
    }
    ++group;
  }
}

struct PostingsList::Long {
  struct Skip {
    std::uint32_t first;
    std::uint32_t offset;
  };
  static_assert(sizeof(Skip) == kSkipBytes);
  std::string body;
  std::vector<Skip> skips;
  std::uint32_t last = 0;

  void add(std::uint32_t number, std::uint32_t count_before) {
    if (count_before == 0) {
      put_varint(body, number);
    } else if (count_before % kPostingsGroup == 0) {
      skips.push_back({number, static_cast<std::uint32_t>(body.size())});
    } else {
      put_varint(body, number - last - 1);
    }
    last = number;
  }
  // The open group is varints without a mode; a whole one is written anew.
  void close_group() {
    std::uint32_t numbers[kPostingsGroup];
    const std::size_t begin = skips.empty() ? 0 : skips.back().offset;
    ByteReader in(std::string_view(body).substr(begin));
    numbers[0] = skips.empty() ? static_cast<std::uint32_t>(in.varint()) : skips.back().first;
    for (std::uint32_t i = 1; i < kPostingsGroup; ++i) numbers[i] = numbers[i - 1] + static_cast<std::uint32_t>(in.varint()) + 1;
    CHECK(in.ok() && numbers[kPostingsGroup - 1] == last);
    body.resize(begin);
    if (skips.empty()) put_varint(body, numbers[0]);
    encode_group(numbers, body);
  }
};

PostingsList::~PostingsList() {
  if (size() > kFew) delete rest();
}

PostingsList::PostingsList(PostingsList&& other) noexcept {
  std::memcpy(words_, other.words_, sizeof(words_));
  other.words_[0] = 0;
}

PostingsList& PostingsList::operator=(PostingsList&& other) noexcept {
  std::swap(words_, other.words_);
  return *this;
}

PostingsList::Long* PostingsList::rest() const {
  Long* rest = nullptr;
  std::memcpy(&rest, words_ + 2, sizeof(rest));
  return rest;
}

void PostingsList::set_rest(Long* rest) {
  static_assert(sizeof(rest) == 8);
  std::memcpy(words_ + 2, &rest, sizeof(rest));
}

void PostingsList::push_back(std::uint32_t number) {
  const std::uint32_t count = size();
  if (count < kFew) {
    CHECK(count == 0 || words_[count] < number);
    words_[1 + count] = number;
    ++words_[0];
    return;
  }
  if (count == kFew) {
    auto list = std::make_unique<Long>();
    for (std::uint32_t i = 0; i < kFew; ++i) list->add(words_[1 + i], i);
    set_rest(list.release());
  }
  Long& list = *rest();
  CHECK(list.last < number);
  list.add(number, count);
  ++words_[0];
  if (size() % kPostingsGroup == 0) list.close_group();
}

PostingsView PostingsList::view() const {
  if (size() <= kFew) return PostingsView::of({words_ + 1, size()});
  PostingsView view;
  view.count_ = size();
  view.limit_ = UINT32_MAX;
  view.skips_ = reinterpret_cast<const char*>(rest()->skips.data());
  view.body_ = rest()->body;
  return view;
}

void PostingsList::encode(std::string& out) const {
  put_varint(out, size());
  if (size() <= kFew) {
    for (std::uint32_t i = 0; i < size(); ++i) put_varint(out, i == 0 ? words_[1] : words_[1 + i] - words_[i] - 1);
    return;
  }
  const Long& list = *rest();
  out.append(reinterpret_cast<const char*>(list.skips.data()), list.skips.size() * kSkipBytes);
  out.append(list.body);
}

std::size_t PostingsList::heap_bytes() const {
  if (size() <= kFew) return 0;
  return sizeof(Long) + rest()->body.capacity() + rest()->skips.capacity() * kSkipBytes;
}

}  // namespace isobar::tsdb
