#include "tsdb/prometheus_block/index_reader.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "codec/crc32c.h"

namespace isobar::tsdb::prometheus {
namespace {

// Of one series. A symbol is as long as it likes, and a damaged index may name it often.
constexpr std::size_t kMaxLabelBytes = 16 << 20;

tl::unexpected<Error> damaged(std::string_view what) { return fail(Code::kCorrupt, fmt::format("index is damaged ({})", what)); }

}  // namespace

// The label index that match_series() walks, for one call. It cannot report errors, so the first is kept. Its ids are
// addresses of entries; a list is unpacked when it is first asked for.
class IndexReader::Lookup final : public LabelIndex {
 public:
  explicit Lookup(const IndexReader& index) : index_(index) {}
  void all(Postings& out) const override {
    out.clear();
    if (const ValueEntry* entry = index_.find("", "")) postings(id_of(*entry)).append_to(out);
  }
  std::uint32_t series_bound() const override { return std::numeric_limits<std::uint32_t>::max(); }
  std::optional<ValueId> find(std::string_view name, std::string_view value) const override {
    const ValueEntry* entry = index_.find(name, value);
    return entry == nullptr ? std::nullopt : std::optional(id_of(*entry));
  }
  PostingsView postings(ValueId id) const override {
    const auto [at, added] = lists_.try_emplace(id);
    if (added) note(index_.postings(reinterpret_cast<const ValueEntry*>(id)->offset, at->second));
    return PostingsView::of(at->second);
  }
  std::size_t value_count(std::string_view name) const override {
    const auto at = index_.names_.find(name);
    return at == index_.names_.end() ? 0 : at->second.size();
  }
  void values(std::string_view name, std::string_view prefix, const VisitValue& visit) const override {
    const auto at = index_.names_.find(name);
    if (at == index_.names_.end()) return;
    const std::vector<ValueEntry>& entries = at->second;
    auto entry = std::lower_bound(entries.begin(), entries.end(), prefix,
                                  [](const ValueEntry& e, std::string_view p) { return e.value < p; });
    for (; entry != entries.end() && entry->value.starts_with(prefix); ++entry) {
      if (!visit(id_of(*entry), entry->value)) return;
    }
  }
  void names(const std::function<void(std::string_view)>& visit) const override {
    for (const auto& [name, values] : index_.names_) {
      if (!name.empty()) visit(name);
    }
  }
  std::string_view value_of(std::uint32_t series, std::string_view name) const override {
    Result<std::string_view> value = index_.label_of(series, name);
    if (value) return *value;
    note(fail(value.error()));
    return {};
  }
  const Result<void>& fault() const { return fault_; }

 private:
  static ValueId id_of(const ValueEntry& entry) { return reinterpret_cast<ValueId>(&entry); }
  void note(Result<void> done) const {
    if (!done && fault_) fault_ = std::move(done);
  }
  const IndexReader& index_;
  mutable std::unordered_map<ValueId, Postings> lists_;
  mutable Result<void> fault_;
};

Result<std::unique_ptr<const IndexReader>> IndexReader::open(std::shared_ptr<const sys::MappedFile> file) {
  std::unique_ptr<IndexReader> index(new IndexReader);
  index->bytes_ = file->bytes();
  index->file_ = std::move(file);
  TRYV(index->load());
  return std::unique_ptr<const IndexReader>(std::move(index));
}

Result<void> IndexReader::load() {
  if (bytes_.size() < kIndexHeaderBytes + kTocBytes) return damaged("cut short");
  ByteReader header(bytes_);
  if (be32(header) != kIndexMagic) return damaged("not an index");
  version_ = header.u8();
  if (version_ != 1 && version_ != 2) return fail(Code::kUnsupported, fmt::format("index version is {}, this program reads 1 and 2", version_));
  const std::string_view toc = bytes_.substr(bytes_.size() - kTocBytes);
  ByteReader in(toc);
  const std::uint64_t symbols = be64(in);
  for (int unused = 0; unused < 4; ++unused) be64(in);  // series, label indices, their table, postings
  const std::uint64_t table = be64(in);
  if (be32(in) != codec::crc32c(toc.substr(0, kTocBytes - 4))) return damaged("table of contents");
  TRYV(load_symbols(symbols));
  return load_table(table);
}

Result<std::string_view> IndexReader::section(std::uint64_t offset, std::string_view what) const {
  if (offset < kIndexHeaderBytes || offset > bytes_.size()) return damaged(what);
  ByteReader in(bytes_.substr(offset));
  const std::uint32_t size = be32(in);
  const std::string_view content = in.take(size);
  if (be32(in) != codec::crc32c(content) || !in.ok()) return damaged(what);
  return content;
}

Result<void> IndexReader::load_symbols(std::uint64_t offset) {
  if (offset == 0) return {};  // there are none
  TRY(const std::string_view content, section(offset, "symbols"));
  if (version_ == 1) return {};  // they are named by their place in the file
  ByteReader in(content);
  const std::uint32_t count = be32(in);
  if (count > in.remaining()) return damaged("symbols");
  symbols_.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) symbols_.push_back(in.bytes());
  return in.ok() ? Result<void>{} : damaged("symbols");
}

Result<void> IndexReader::load_table(std::uint64_t offset) {
  if (offset == 0) return {};
  TRY(const std::string_view content, section(offset, "table of postings"));
  ByteReader in(content);
  const std::uint32_t count = be32(in);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t keys = in.varint();
    const std::string_view name = in.bytes();
    const std::string_view value = in.bytes();
    const std::uint64_t place = in.varint();
    if (!in.ok() || keys != 2) return damaged("table of postings");
    std::vector<ValueEntry>& values = names_[name];
    if (!values.empty() && values.back().value >= value) return damaged("order of the table of postings");
    values.push_back({value, place});
  }
  return in.ok() ? Result<void>{} : damaged("table of postings");
}

const IndexReader::ValueEntry* IndexReader::find(std::string_view name, std::string_view value) const {
  const auto at = names_.find(name);
  if (at == names_.end()) return nullptr;
  const auto entry = std::lower_bound(at->second.begin(), at->second.end(), value,
                                      [](const ValueEntry& e, std::string_view v) { return e.value < v; });
  return entry == at->second.end() || entry->value != value ? nullptr : &*entry;
}

Result<void> IndexReader::postings(std::uint64_t offset, Postings& out) const {
  TRY(const std::string_view content, section(offset, "postings"));
  ByteReader in(content);
  const std::uint32_t count = be32(in);
  if (!in.ok() || in.remaining() != std::uint64_t{count} * 4) return damaged("postings");
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t reference = be32(in);
    if (!out.empty() && out.back() >= reference) return damaged("order of postings");
    out.push_back(reference);
  }
  return {};
}

Result<Postings> IndexReader::all() const { return match({}); }

Result<Postings> IndexReader::match(std::span<const model::Matcher> matchers) const {
  const Lookup lookup(*this);
  Postings found = match_series(lookup, matchers);
  TRYV(lookup.fault());
  return found;
}

Result<std::string_view> IndexReader::symbol(std::uint64_t number) const {
  if (version_ == 2) {
    if (number >= symbols_.size()) return damaged("symbol of a series");
    return symbols_[number];
  }
  if (number >= bytes_.size()) return damaged("symbol of a series");
  ByteReader in(bytes_.substr(number));
  const std::string_view text = in.bytes();
  if (!in.ok()) return damaged("symbol of a series");
  return text;
}

Result<void> IndexReader::read_labels(ByteReader& in, model::Labels& labels) const {
  std::string canonical;
  std::string_view last;
  const std::size_t count = in.count(2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t name_number = in.varint();
    const std::uint64_t value_number = in.varint();
    if (!in.ok()) return damaged("labels of a series");
    TRY(const std::string_view name, symbol(name_number));
    TRY(const std::string_view value, symbol(value_number));
    if (name <= last) return damaged("order of the labels of a series");
    last = name;
    if (!value.empty()) model::append_canonical(canonical, name, value);
    if (canonical.size() > kMaxLabelBytes) return damaged("labels of a series");
  }
  labels = model::Labels::from_canonical(std::move(canonical));
  return {};
}

Result<std::string_view> IndexReader::series_entry(std::uint32_t reference) const {
  const std::uint64_t offset = version_ == 1 ? reference : std::uint64_t{reference} * kSeriesAlignment;
  if (offset > bytes_.size()) return damaged("place of a series");
  ByteReader entry(bytes_.substr(offset));
  const std::string_view content = entry.bytes();
  if (be32(entry) != codec::crc32c(content) || !entry.ok()) return damaged("series");
  return content;
}

Result<std::string_view> IndexReader::label_of(std::uint32_t reference, std::string_view name) const {
  TRY(const std::string_view content, series_entry(reference));
  ByteReader in(content);
  const std::size_t count = in.count(2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t name_number = in.varint();
    const std::uint64_t value_number = in.varint();
    if (!in.ok()) return damaged("labels of a series");
    TRY(const std::string_view found, symbol(name_number));
    if (found == name) return symbol(value_number);
  }
  return std::string_view{};
}

Result<void> IndexReader::series(std::uint32_t reference, model::Labels& labels, std::vector<ChunkMeta>* chunks) const {
  TRY(const std::string_view content, series_entry(reference));
  ByteReader in(content);
  TRYV(read_labels(in, labels));
  if (chunks == nullptr) return {};
  chunks->clear();
  const std::size_t count = in.count(3);
  chunks->reserve(count);
  std::uint64_t ref = 0;
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < count; ++i) {
    time += i == 0 ? static_cast<std::uint64_t>(in.zigzag_varint()) : in.varint();
    ChunkMeta chunk;
    chunk.min_time = static_cast<std::int64_t>(time);
    time += in.varint();
    chunk.max_time = static_cast<std::int64_t>(time);
    ref += i == 0 ? in.varint() : static_cast<std::uint64_t>(in.zigzag_varint());
    chunk.ref = ref;
    const bool ordered = i == 0 || chunks->back().max_time <= chunk.min_time;
    if (!in.ok() || !ordered || chunk.min_time > chunk.max_time) return damaged("chunks of a series");
    chunks->push_back(chunk);
  }
  return in.ok() ? Result<void>{} : damaged("chunks of a series");
}

}  // namespace isobar::tsdb::prometheus
