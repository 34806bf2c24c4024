#include "tsdb/head/series_table.h"

#include <algorithm>

namespace isobar::tsdb {

std::uint32_t SeriesTable::find(const Hash128& hash, const SeriesHashes& known) const {
  if (slots_.empty()) return kUnknown;
  for (std::size_t i = first_slot(hash); slots_[i].ref != kUnknown; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i].tag == tag_of(hash) && known[slots_[i].ref] == hash) return slots_[i].ref;
  }
  return kUnknown;
}

void SeriesTable::find(std::span<const Hash128> hashes, const SeriesHashes& known, std::span<std::uint32_t> refs) const {
  if (slots_.empty()) {
    std::fill(refs.begin(), refs.end(), kUnknown);
    return;
  }
  // Slots are asked for kAhead series before they are looked at; a match asks for its hash, which is compared later still.
  constexpr std::size_t kAhead = 16;
  const std::size_t n = hashes.size();
  for (std::size_t i = 0; i < n + kAhead; ++i) {
    if (i < n) __builtin_prefetch(&slots_[first_slot(hashes[i])]);
    if (i < kAhead) continue;
    const std::size_t at = i - kAhead;
    std::size_t slot = first_slot(hashes[at]);
    while (slots_[slot].ref != kUnknown && slots_[slot].tag != tag_of(hashes[at])) slot = (slot + 1) & (slots_.size() - 1);
    refs[at] = slots_[slot].ref;
    if (refs[at] != kUnknown) __builtin_prefetch(&known[refs[at]]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    // Two hashes with one tag among neighbours: the slow way.
    if (refs[i] != kUnknown && known[refs[i]] != hashes[i]) refs[i] = find(hashes[i], known);
  }
}

void SeriesTable::put(std::uint32_t ref, const Hash128& hash) {
  std::size_t i = first_slot(hash);
  while (slots_[i].ref != kUnknown) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = {ref, tag_of(hash)};
}

void SeriesTable::add(std::uint32_t ref, const SeriesHashes& known) {
  // At most four fifths full.
  if ((size_ + 1) * 5 > slots_.size() * 4) {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.ref != kUnknown) put(slot.ref, known[slot.ref]);
    }
  }
  put(ref, known[ref]);
  ++size_;
}

}  // namespace isobar::tsdb
