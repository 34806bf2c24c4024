#include "tsdb/index/block_index.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace isobar::tsdb {
namespace {

template <class T>
T load(std::string_view bytes, std::uint64_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

}  // namespace

std::optional<Symbols> Symbols::open(std::string_view section) {
  ByteReader in(section);
  Symbols symbols;
  symbols.count_ = in.u32();
  const std::uint64_t offsets = (std::uint64_t{symbols.count_} + 1) * 4;
  symbols.offsets_ = in.take(offsets);
  symbols.texts_ = in.take(in.remaining());
  if (!in.ok()) return std::nullopt;
  std::uint32_t from = load<std::uint32_t>(symbols.offsets_, 0);
  std::string_view before;
  for (std::uint32_t i = 0; i < symbols.count_; ++i) {
    const auto to = load<std::uint32_t>(symbols.offsets_, (std::uint64_t{i} + 1) * 4);
    if (to < from || to > symbols.texts_.size()) return std::nullopt;
    const std::string_view text = symbols.texts_.substr(from, to - from);
    if (i > 0 && before >= text) return std::nullopt;
    before = text;
    from = to;
  }
  return symbols;
}

std::string_view Symbols::operator[](std::uint64_t number) const {
  const auto from = load<std::uint32_t>(offsets_, number * 4);
  return {texts_.data() + from, load<std::uint32_t>(offsets_, number * 4 + 4) - from};
}

std::optional<std::uint32_t> Symbols::find(std::string_view text) const {
  std::uint32_t low = 0;
  for (std::uint32_t high = count_; low < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    if ((*this)[middle] < text) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == count_ || (*this)[low] != text) return std::nullopt;
  return low;
}

bool verify_table(const LabelTable& table, const Symbols& symbols, std::string_view postings, std::uint32_t series_count) {
  if (table.name >= symbols.size() || table.offset > postings.size()) return false;
  if (table.values == 0 || table.values > (postings.size() - table.offset) / kValueEntryBytes) return false;
  std::uint64_t least = 0;
  for (std::uint64_t at = table.offset; at < table.offset + std::uint64_t{table.values} * kValueEntryBytes; at += kValueEntryBytes) {
    const auto symbol = load<std::uint32_t>(postings, at);
    const auto place = load<std::uint64_t>(postings, at + 4);
    if (symbol < least || symbol >= symbols.size()) return false;
    least = std::uint64_t{symbol} + 1;
    const bool inside = (place & kOnlySeries) != 0 ? (place & ~kOnlySeries) < series_count : place < postings.size();
    if (!inside) return false;
  }
  return true;
}

void TableEncoder::add(std::uint32_t value_symbol, const PostingsList& list) {
  put_u32(table_, value_symbol);
  if (list.size() == 1) {
    Postings only;
    list.view().append_to(only);
    put_u64(table_, kOnlySeries | only.front());
    return;
  }
  put_u64(table_, postings_.size());
  list.encode(postings_);
}

LabelTable TableEncoder::finish(std::uint32_t name_symbol) {
  const LabelTable table{name_symbol, static_cast<std::uint32_t>(table_.size() / kValueEntryBytes), postings_.size()};
  postings_.append(table_);
  table_.clear();
  return table;
}

void BlockIndex::all(Postings& out) const {
  out.resize(tenant_.series_count);
  for (std::uint32_t i = 0; i < tenant_.series_count; ++i) out[i] = i;
}

const LabelTable* BlockIndex::table(std::string_view name) const {
  const auto at = std::lower_bound(tenant_.labels.begin(), tenant_.labels.end(), name,
                                   [this](const LabelTable& t, std::string_view n) { return symbols_[t.name] < n; });
  return at == tenant_.labels.end() || symbols_[at->name] != name ? nullptr : &*at;
}

std::uint32_t BlockIndex::value_symbol(const LabelTable& table, std::uint32_t entry) const {
  return load<std::uint32_t>(postings_, table.offset + std::uint64_t{entry} * kValueEntryBytes);
}

std::uint32_t BlockIndex::lower_bound(const LabelTable& table, std::string_view value) const {
  std::uint32_t low = 0;
  for (std::uint32_t high = table.values; low < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (symbols_[value_symbol(table, middle)] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// A value's number is the offset of its entry.
std::optional<LabelIndex::ValueId> BlockIndex::find(std::string_view name, std::string_view value) const {
  const LabelTable* t = table(name);
  if (t == nullptr) return std::nullopt;
  const std::uint32_t entry = lower_bound(*t, value);
  if (entry == t->values || symbols_[value_symbol(*t, entry)] != value) return std::nullopt;
  return t->offset + std::uint64_t{entry} * kValueEntryBytes;
}

PostingsView BlockIndex::postings(ValueId id) const {
  const auto place = load<std::uint64_t>(postings_, id + 4);
  if ((place & kOnlySeries) == 0) return PostingsView::parse(postings_.substr(place), tenant_.series_count);
  return PostingsView::of(static_cast<std::uint32_t>(place));
}

std::size_t BlockIndex::value_count(std::string_view name) const {
  const LabelTable* t = table(name);
  return t == nullptr ? 0 : t->values;
}

void BlockIndex::values(std::string_view name, std::string_view prefix, const VisitValue& visit) const {
  const LabelTable* t = table(name);
  if (t == nullptr) return;
  for (std::uint32_t entry = lower_bound(*t, prefix); entry < t->values; ++entry) {
    const std::string_view value = symbols_[value_symbol(*t, entry)];
    if (!value.starts_with(prefix) || !visit(t->offset + std::uint64_t{entry} * kValueEntryBytes, value)) return;
  }
}

void BlockIndex::names(const std::function<void(std::string_view)>& visit) const {
  for (const LabelTable& t : tenant_.labels) visit(symbols_[t.name]);
}

std::string_view BlockIndex::value_of(std::uint32_t series, std::string_view name) const {
  const LabelTable* t = table(name);
  if (t == nullptr) return {};
  const auto offset = load<std::uint64_t>(series_, 8 + (std::uint64_t{tenant_.first_series} + series) * 8);
  const std::uint64_t begin = 8 + series_total_ * 8;
  if (offset > series_.size() - begin) return {};
  ByteReader in(series_.substr(begin + offset));
  for (std::size_t labels = in.count(2); labels > 0; --labels) {
    const std::uint64_t name_symbol = in.varint();
    const std::uint64_t value = in.varint();
    if (name_symbol == t->name && value < symbols_.size()) return symbols_[value];
    if (name_symbol >= t->name) break;  // names ascend
  }
  return {};
}

}  // namespace isobar::tsdb
