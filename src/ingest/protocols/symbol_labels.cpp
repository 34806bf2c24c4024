#include "ingest/protocols/symbol_labels.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/equal_ends.h"

namespace isobar::ingest {
SymbolLabels::Difference SymbolLabels::compare(std::string_view packed) const {
  Difference d;
  const std::size_t prefix = common_prefix(packed, packed_);
  while (d.first < before_.size() && before_[d.first].packed_end <= prefix) ++d.first;
  d.begin = packed_begin(d.first);
  const std::size_t suffix = common_suffix(packed.substr(d.begin), packed_.substr(d.begin));
  d.last = before_.size();
  while (d.last > d.first && packed_.size() - packed_begin(d.last - 1) <= suffix) --d.last;
  d.end = packed.size() - (packed_.size() - packed_begin(d.last));
  return d;
}

// False where the references before the common end do not come out even: then that end is another thing here.
bool SymbolLabels::parse(std::string_view packed, const Difference& d) {
  changed_.clear();
  ByteReader in(packed.substr(d.begin, d.end - d.begin));
  while (!in.at_end()) {
    const std::uint64_t name = in.short_varint(), value = in.short_varint();
    if (!in.ok() || name >= symbols_.size() || value >= symbols_.size()) return false;
    changed_.push_back({static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(value),
                        static_cast<std::uint32_t>(d.end - in.remaining()), 0});
  }
  return true;
}

bool SymbolLabels::in_order(std::size_t from, std::size_t to) const {
  for (std::size_t i = std::max<std::size_t>(from, 1); i < to; ++i) {
    if (!below(symbols_[before_[i - 1].name], symbols_[before_[i].name])) return false;
  }
  return true;
}

// Where the metric's name, job and instance are after the difference; those within it are found when they are
// added.
void SymbolLabels::move_known(const Difference& d) {
  for (Place* place : {&known_.metric, &known_.job, &known_.instance}) {
    if (place->at == SIZE_MAX || place->at < d.first) continue;
    if (place->at < d.last) {
      *place = {};
    } else {
      place->at += changed_.size() - (d.last - d.first);
    }
  }
}

char* SymbolLabels::add_label(std::size_t i, const char* set, char* to) {
  const PlainText& name = symbols_[before_[i].name];
  const PlainText& value = symbols_[before_[i].value];
  if (name.field == nullptr || value.field == nullptr) return nullptr;
  const PlainName known = known_name(name);
  if (known == PlainName::kMetric) known_.metric = {i, value.text()};
  if (known == PlainName::kJob) known_.job = {i, value.text()};
  if (known == PlainName::kInstance) known_.instance = {i, value.text()};
  to = copy_plain(copy_plain(to, name.field), value.field);
  before_[i].end = static_cast<std::uint32_t>(to - set);
  return to;
}

char* SymbolLabels::add(std::string_view packed, const char* before, char* to) {
  Difference d = compare(packed);
  if (!parse(packed, d)) {
    d.last = before_.size();
    d.end = packed.size();
    if (!parse(packed, d)) return forget(), nullptr;
  }
  const char* const set = to;
  const std::size_t head = set_begin(d.first), tail = set_begin(d.last), size = set_begin(before_.size());
  move_known(d);
  const std::size_t common = std::min(changed_.size(), d.last - d.first);
  const auto at = before_.begin() + static_cast<std::ptrdiff_t>(d.first);
  std::copy_n(changed_.begin(), common, at);
  if (changed_.size() > common) {
    before_.insert(at + static_cast<std::ptrdiff_t>(common),
                   changed_.begin() + static_cast<std::ptrdiff_t>(common), changed_.end());
  } else {
    before_.erase(at + static_cast<std::ptrdiff_t>(common),
                  at + static_cast<std::ptrdiff_t>(d.last - d.first));
  }
  std::memcpy(to, before, head);
  to += head;
  const std::size_t changed_end = d.first + changed_.size();
  for (std::size_t i = d.first; i < changed_end; ++i) {
    to = add_label(i, set, to);
    if (to == nullptr) return forget(), nullptr;
  }
  if (!in_order(d.first, std::min(changed_end + 1, before_.size()))) return forget(), nullptr;
  const auto moved = static_cast<std::uint32_t>(static_cast<std::size_t>(to - set) - tail);
  const auto packed_moved = static_cast<std::uint32_t>(packed.size() - packed_.size());
  for (std::size_t i = changed_end; i < before_.size(); ++i) {
    before_[i].end += moved;
    before_[i].packed_end += packed_moved;
  }
  std::memcpy(to, before + tail, size - tail);
  packed_ = packed;
  head_ = static_cast<std::uint32_t>(head);
  tail_ = static_cast<std::uint32_t>(size - tail);
  return to + (size - tail);
}

}  // namespace isobar::ingest
