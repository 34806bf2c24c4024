#include "tsdb/block_reader.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/crc32c.h"
#include "model/series_reader.h"
#include "tsdb/block_format.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/sample_vector.h"
#include "tsdb/index/block_index.h"

namespace isobar::tsdb {
namespace {

struct ChunkRef {
  ChunkEncoding encoding;
  std::uint32_t count;
  std::int64_t min_time;
  std::int64_t max_time;
  std::uint64_t offset;
  std::uint64_t size;
  std::uint64_t column_offset;  // of a vector's timestamps
  std::uint64_t column_size;
};

struct TenantEntry : TenantTables {
  std::map<std::string, std::vector<model::Metadata>, std::less<>> metadata;
  std::vector<model::SeriesExemplars> exemplars;
};

struct SeriesEntry {
  model::Labels labels;
  std::vector<ChunkRef> chunks;
  bool overlaps(Timestamp min, Timestamp max) const {
    return !chunks.empty() && chunks.front().min_time <= max.ms && chunks.back().max_time >= min.ms;
  }
};

}  // namespace

struct BlockReader::Impl {
  std::string name;
  std::shared_ptr<const sys::MappedFile> file;
  Duration resolution;
  std::array<std::string_view, kBlockSections> sections;
  std::uint32_t version = 0;
  Symbols symbols;
  std::string converted_postings;  // of an older version, in the layout of this one
  std::vector<TenantEntry> tenants;
  std::uint64_t series_total = 0;

  tl::unexpected<Error> damaged(std::string_view what) const {
    return fail(Code::kCorrupt, fmt::format("block is damaged ({}): {}", what, name));
  }
  std::string_view section(BlockSection s) const { return sections[static_cast<std::size_t>(s)]; }
  const TenantEntry* tenant(std::string_view wanted) const {
    for (const TenantEntry& entry : tenants) {
      if (entry.name == wanted) return &entry;
    }
    return nullptr;
  }
  Result<void> load_sections();
  Result<void> load_symbols();
  Result<void> load_tenants();
  Result<void> load_tables(ByteReader& in, TenantEntry& entry);
  Result<void> convert_lists(ByteReader& in, TenantEntry& entry);
  Result<void> load_exemplars();
  Result<void> load_metadata();
  BlockIndex index(const TenantEntry& entry) const {
    return {symbols, entry, section(BlockSection::kPostings), section(BlockSection::kSeries), series_total};
  }
  Result<SeriesEntry> series(const TenantEntry& tenant, std::uint32_t number) const;
  std::uint64_t chunks_at() const { return static_cast<std::uint64_t>(section(BlockSection::kChunks).data() - file->bytes().data()); }
  void prefetch(const SeriesEntry& series, Timestamp min, Timestamp max) const;
  Result<std::string_view> body(std::uint64_t offset, std::uint64_t size) const;
  Result<void> read_chunk(const ChunkRef& chunk, model::SampleColumns& out) const;
};

Result<void> BlockReader::Impl::load_sections() {
  const std::string_view bytes = file->bytes();
  if (bytes.size() < kBlockHeaderBytes + kBlockFooterBytes) return damaged("not a whole block file");
  TRYV(file->fetch(bytes.size() - kBlockFooterBytes, kBlockFooterBytes));
  TRYV(file->fetch(0, kBlockHeaderBytes));
  if (!bytes.starts_with(kBlockMagic) || !bytes.ends_with(kBlockMagic)) return damaged("not a whole block file");
  ByteReader header(bytes.substr(kBlockMagic.size()));
  version = header.u32();
  const std::uint32_t header_crc = header.u32();  // older programs wrote 0
  if (header_crc != 0 && header_crc != codec::crc32c(bytes.substr(0, kBlockMagic.size() + 4))) return damaged("header");
  if (version == 0 || version > kDownsampledBlockVersion) {
    return fail(Code::kUnsupported, fmt::format("block version is {}, this program reads up to {}: {}", version, kDownsampledBlockVersion, name));
  }
  const std::string_view footer = bytes.substr(bytes.size() - kBlockFooterBytes);
  ByteReader tail(footer.substr(kBlockSections * 20));
  const std::uint32_t count = tail.u32();
  if (count != kBlockSections || tail.u32() != codec::crc32c(footer.substr(0, kBlockSections * 20 + 4))) {
    return damaged("footer");
  }
  ByteReader in(footer);
  for (std::size_t i = 0; i < kBlockSections; ++i) {
    const std::uint64_t offset = in.u64();
    const std::uint64_t size = in.u64();
    const std::uint32_t crc = in.u32();
    if (offset > bytes.size() || size > bytes.size() - offset) return damaged("footer");
    if (i != 0) TRYV(file->fetch(offset, size));
    sections[i] = bytes.substr(offset, size);
    if (i != 0 && codec::crc32c(sections[i]) != crc) return damaged(fmt::format("section {}", i));
  }
  return {};
}

Result<void> BlockReader::Impl::load_symbols() {
  const auto opened = Symbols::open(section(BlockSection::kSymbols));
  if (!opened) return damaged("symbols");
  symbols = *opened;
  return {};
}

Result<void> BlockReader::Impl::load_tenants() {
  ByteReader series(section(BlockSection::kSeries));
  series_total = series.u64();
  if (!series.ok() || series_total > series.remaining() / 8) return damaged("series");
  ByteReader in(section(BlockSection::kTenants));
  const std::size_t count = in.count(4);
  for (std::size_t i = 0; i < count; ++i) {
    TenantEntry entry;
    entry.name = in.bytes();
    const std::uint64_t first = in.varint();
    const std::uint64_t n = in.varint();
    if (!in.ok() || first > series_total || n > series_total - first) return damaged("tenants");
    entry.first_series = static_cast<std::uint32_t>(first);
    entry.series_count = static_cast<std::uint32_t>(n);
    TRYV(version < kBlockVersionOfTables ? convert_lists(in, entry) : load_tables(in, entry));
    tenants.push_back(std::move(entry));
  }
  if (version < kBlockVersionOfTables) sections[static_cast<std::size_t>(BlockSection::kPostings)] = converted_postings;
  return in.ok() ? Result<void>{} : damaged("tenants");
}

Result<void> BlockReader::Impl::load_tables(ByteReader& in, TenantEntry& entry) {
  const std::size_t names = in.count(3);
  std::uint64_t least = 0;
  for (std::size_t i = 0; i < names; ++i) {
    const std::uint64_t name_symbol = in.varint();
    const std::uint64_t values = in.varint();
    const std::uint64_t offset = in.varint();
    if (!in.ok() || name_symbol < least || name_symbol >= symbols.size() || values > symbols.size()) return damaged("tables");
    least = name_symbol + 1;
    const LabelTable table{static_cast<std::uint32_t>(name_symbol), static_cast<std::uint32_t>(values), offset};
    if (!verify_table(table, symbols, section(BlockSection::kPostings), entry.series_count)) return damaged("tables");
    entry.labels.push_back(table);
  }
  return {};
}

// Older versions name each list by itself and have plain differences. They are written anew in memory, so that there is one
// way to read; the next merge writes this version.
Result<void> BlockReader::Impl::convert_lists(ByteReader& in, TenantEntry& entry) {
  const std::size_t lists = in.count(4);
  const std::string_view postings = section(BlockSection::kPostings);
  TableEncoder encoder(converted_postings);
  std::uint64_t table_name = 0;
  std::uint64_t least_value = 0;
  for (std::size_t l = 0; l < lists; ++l) {
    const std::uint64_t name_symbol = in.varint();
    const std::uint64_t value_symbol = in.varint();
    const std::uint64_t size = in.varint();
    const std::uint64_t offset = in.varint();
    if (!in.ok() || name_symbol >= symbols.size() || value_symbol >= symbols.size() || offset > postings.size()) return damaged("postings");
    if (l > 0 && name_symbol != table_name) {
      if (name_symbol < table_name) return damaged("postings");
      entry.labels.push_back(encoder.finish(static_cast<std::uint32_t>(table_name)));
      least_value = 0;
    }
    if (value_symbol < least_value || size == 0 || size > entry.series_count) return damaged("postings");
    table_name = name_symbol;
    least_value = value_symbol + 1;
    PostingsList list;
    ByteReader numbers(postings.substr(offset));
    std::uint64_t number = 0;
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t difference = numbers.varint();
      if (!numbers.ok() || difference >= entry.series_count || (i > 0 && difference == 0)) return damaged("postings");
      number += difference;
      if (number >= entry.series_count) return damaged("postings");
      list.push_back(static_cast<std::uint32_t>(number));
    }
    encoder.add(static_cast<std::uint32_t>(value_symbol), list);
  }
  if (lists > 0) entry.labels.push_back(encoder.finish(static_cast<std::uint32_t>(table_name)));
  return {};
}

Result<void> BlockReader::Impl::load_exemplars() {
  ByteReader in(section(BlockSection::kExemplars));
  for (TenantEntry& entry : tenants) {
    if (in.bytes() != entry.name) return damaged("exemplars");
    const std::size_t series = in.count(2);
    for (std::size_t s = 0; s < series; ++s) {
      auto labels = model::Labels::parse_canonical(in.bytes());
      if (!in.ok() || !labels) return damaged("exemplars");
      model::SeriesExemplars found{*std::move(labels), {}};
      const std::size_t n = in.count(10);
      for (std::size_t i = 0; i < n; ++i) {
        model::Exemplar e;
        auto own = model::Labels::parse_canonical(in.bytes());
        e.value = in.f64();
        e.timestamp.ms = in.zigzag_varint();
        if (!in.ok() || !own) return damaged("exemplars");
        e.labels = *std::move(own);
        found.exemplars.push_back(std::move(e));
      }
      entry.exemplars.push_back(std::move(found));
    }
  }
  return in.ok() ? Result<void>{} : damaged("exemplars");
}

Result<void> BlockReader::Impl::load_metadata() {
  ByteReader in(section(BlockSection::kMetadata));
  for (TenantEntry& entry : tenants) {
    if (in.bytes() != entry.name) return damaged("metadata");
    const std::size_t n = in.count(4);
    for (std::size_t i = 0; i < n; ++i) {
      model::Metadata m;
      m.type = static_cast<model::MetricType>(in.u8());
      m.metric = in.bytes();
      m.help = in.bytes();
      m.unit = in.bytes();
      if (!in.ok() || m.type > model::MetricType::kStateset) return damaged("metadata");
      entry.metadata[m.metric].push_back(std::move(m));
    }
  }
  return in.ok() ? Result<void>{} : damaged("metadata");
}

Result<SeriesEntry> BlockReader::Impl::series(const TenantEntry& tenant_entry, std::uint32_t number) const {
  const std::string_view bytes = section(BlockSection::kSeries);
  const std::uint64_t index = tenant_entry.first_series + number;
  const std::string_view entries = bytes.substr(8 + series_total * 8);
  ByteReader offsets(bytes.substr(8 + index * 8));
  const std::uint64_t offset = offsets.u64();
  if (offset > entries.size()) return damaged("series");
  ByteReader in(entries.substr(offset));
  SeriesEntry entry;
  std::string canonical;
  const std::size_t labels = in.count(2);
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < labels; ++i) {
    const std::uint64_t name_symbol = in.varint();
    const std::uint64_t value_symbol = in.varint();
    if (name_symbol >= symbols.size() || value_symbol >= symbols.size()) return damaged("series");
    if ((i > 0 && name_symbol <= previous) || symbols[value_symbol].empty()) return damaged("series");
    previous = name_symbol;
    model::append_canonical(canonical, symbols[name_symbol], symbols[value_symbol]);
  }
  entry.labels = model::Labels::from_canonical(std::move(canonical));
  const std::size_t chunks = in.count(6);
  const std::uint64_t limit = section(BlockSection::kChunks).size();
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < chunks; ++i) {
    ChunkRef chunk{};
    chunk.encoding = static_cast<ChunkEncoding>(in.u8());
    chunk.count = static_cast<std::uint32_t>(in.varint());
    time += static_cast<std::uint64_t>(in.zigzag_varint());
    chunk.min_time = static_cast<std::int64_t>(time);
    time += in.varint();
    chunk.max_time = static_cast<std::int64_t>(time);
    chunk.offset = in.varint();
    chunk.size = in.varint();
    if (has_column(chunk.encoding)) {
      chunk.column_offset = in.varint();
      chunk.column_size = in.varint();
    }
    const auto outside = [limit](std::uint64_t at, std::uint64_t size) { return at > limit || size > limit - at || limit - at - size < 4; };
    if (version < kDownsampledBlockVersion && chunk.encoding > ChunkEncoding::kVector) return damaged("series");
    if (!in.ok() || outside(chunk.offset, chunk.size) || outside(chunk.column_offset, chunk.column_size)) return damaged("series");
    entry.chunks.push_back(chunk);
  }
  if (!in.ok()) return damaged("series");
  return entry;
}

// In one piece: the chunks of a series are neighbours, and near their column.
void BlockReader::Impl::prefetch(const SeriesEntry& series, Timestamp min, Timestamp max) const {
  std::uint64_t from = UINT64_MAX;
  std::uint64_t to = 0;
  for (const ChunkRef& chunk : series.chunks) {
    if (chunk.max_time < min.ms || chunk.min_time > max.ms) continue;
    from = std::min(from, has_column(chunk.encoding) ? std::min(chunk.offset, chunk.column_offset) : chunk.offset);
    to = std::max(to, std::max(chunk.offset + chunk.size, chunk.column_offset + chunk.column_size) + 4);
  }
  if (from < to) file->prefetch(chunks_at() + from, to - from);
}

Result<std::string_view> BlockReader::Impl::body(std::uint64_t offset, std::uint64_t size) const {
  const std::string_view chunks = section(BlockSection::kChunks);
  const std::string_view bytes = chunks.substr(offset, size);
  TRYV(file->fetch(chunks_at() + offset, size + 4));
  if (ByteReader(chunks.substr(offset + size)).u32() != codec::crc32c(bytes)) return damaged(fmt::format("chunk at {}", offset));
  return bytes;
}

Result<void> BlockReader::Impl::read_chunk(const ChunkRef& chunk, model::SampleColumns& out) const {
  TRY(const std::string_view bytes, body(chunk.offset, chunk.size));
  if (!has_column(chunk.encoding)) return decode_chunk({chunk.encoding, chunk.count, bytes}, out);
  TRY(const std::string_view column, body(chunk.column_offset, chunk.column_size));
  if (chunk.encoding == ChunkEncoding::kVector) return decode_sample_vector(column, bytes, chunk.count, out);
  out.resets_lost = out.resets_lost || chunk.encoding == ChunkEncoding::kWeightedVectorWithoutResets;
  return decode_weighted_vector(column, bytes, chunk.count, out);
}

namespace {

// What of a window the chunk's samples give as exactly as all would.
std::uint8_t kept_by(ChunkEncoding encoding) {
  using namespace model;
  switch (encoding) {
    case ChunkEncoding::kWeightedVector: return kUsesEnds | kUsesCount | kUsesSum | kUsesExtremes | kUsesResets;
    case ChunkEncoding::kWeightedVectorWithoutResets: return kUsesEnds | kUsesCount | kUsesSum | kUsesExtremes;
    case ChunkEncoding::kWeightedHistogram: return kUsesEnds | kUsesCount | kUsesExtremes | kUsesResets;
    default: return UINT8_MAX;
  }
}

}  // namespace

class BlockRun final : public SampleRun {
 public:
  BlockRun(std::shared_ptr<const BlockReader> block, std::vector<ChunkRef> chunks)
      : block_(std::move(block)), chunks_(std::move(chunks)) {}
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    for (const ChunkRef& chunk : chunks_) {
      if (chunk.max_time < min.ms) continue;
      if (chunk.min_time > max.ms) break;
      const std::size_t before = out.size();
      TRYV(block_->impl_->read_chunk(chunk, out));
      if (chunk.min_time < min.ms || chunk.max_time > max.ms) keep_range(before, min, max, out);
    }
    return {};
  }
  std::size_t sample_count_bound() const override {
    std::size_t n = 0;
    for (const ChunkRef& chunk : chunks_) n += chunk.count;
    return n;
  }
  model::TimeRange bounds() const override {
    if (chunks_.empty()) return {Timestamp::max(), Timestamp::min()};
    return {{chunks_.front().min_time}, {chunks_.back().max_time}};
  }
  Duration resolution() const override { return block_->impl_->resolution; }
  bool keeps(std::uint8_t use) const override {
    return std::all_of(chunks_.begin(), chunks_.end(), [use](const ChunkRef& chunk) { return (use & ~kept_by(chunk.encoding)) == 0; });
  }

 private:
  std::shared_ptr<const BlockReader> block_;
  std::vector<ChunkRef> chunks_;
};

namespace {

// Whether `next` ascends and begins behind `before`.
bool continues(const model::SampleColumns& before, const model::SampleColumns& next) {
  if (before.size() != 0 && next.size() != 0 && next.timestamps.front() <= before.timestamps.back()) return false;
  return std::adjacent_find(next.timestamps.begin(), next.timestamps.end(), std::greater_equal<>()) == next.timestamps.end();
}

}  // namespace

BlockReader::BlockReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockReader::~BlockReader() = default;
void BlockReader::prefetch_all() const { impl_->file->prefetch(0, impl_->file->bytes().size()); }
bool BlockReader::downsampled() const { return impl_->version >= kDownsampledBlockVersion; }

Result<std::shared_ptr<const BlockReader>> BlockReader::open(std::string name,
                                                             std::shared_ptr<const sys::MappedFile> file, Duration resolution) {
  auto impl = std::make_unique<Impl>();
  impl->resolution = resolution;
  impl->name = std::move(name);
  impl->file = std::move(file);
  TRYV(impl->load_sections());
  TRYV(impl->load_symbols());
  TRYV(impl->load_tenants());
  TRYV(impl->load_exemplars());
  TRYV(impl->load_metadata());
  return std::shared_ptr<const BlockReader>(new BlockReader(std::move(impl)));
}

Result<void> BlockReader::select(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                                 Timestamp max, std::vector<SelectedSeries>& out) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  if (entry == nullptr) return {};
  for (const std::uint32_t number : match_series(impl_->index(*entry), matchers)) {
    TRY(SeriesEntry series, impl_->series(*entry, number));
    if (!series.overlaps(min, max)) continue;
    impl_->prefetch(series, min, max);
    out.push_back({std::move(series.labels), std::make_shared<BlockRun>(shared_from_this(), std::move(series.chunks))});
  }
  return {};
}

Result<void> BlockReader::select_labels(std::string_view tenant, std::span<const model::Matcher> matchers,
                                        Timestamp min, Timestamp max, std::vector<model::Labels>& out) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  if (entry == nullptr) return {};
  for (const std::uint32_t number : match_series(impl_->index(*entry), matchers)) {
    TRY(SeriesEntry series, impl_->series(*entry, number));
    if (series.overlaps(min, max)) out.push_back(std::move(series.labels));
  }
  return {};
}

Result<bool> BlockReader::holds(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  if (entry == nullptr) return false;
  for (const std::uint32_t number : match_series(impl_->index(*entry), matchers)) {
    TRY(const SeriesEntry series, impl_->series(*entry, number));
    if (series.overlaps(min, max)) return true;
  }
  return false;
}

Result<void> BlockReader::exemplars(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                                    Timestamp max, std::vector<model::SeriesExemplars>& out) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  if (entry == nullptr) return {};
  for (const model::SeriesExemplars& series : entry->exemplars) {
    const bool wanted = std::all_of(matchers.begin(), matchers.end(),
                                    [&](const model::Matcher& m) { return m.matches(series.series); });
    if (!wanted) continue;
    model::SeriesExemplars found{series.series, {}};
    for (const model::Exemplar& e : series.exemplars) {
      if (e.timestamp >= min && e.timestamp <= max) found.exemplars.push_back(e);
    }
    if (!found.exemplars.empty()) out.push_back(std::move(found));
  }
  return {};
}

void BlockReader::metadata(std::string_view tenant, std::string_view metric, std::vector<model::Metadata>& out) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  if (entry == nullptr) return;
  for (const auto& [name, list] : entry->metadata) {
    if (metric.empty() || name == metric) out.insert(out.end(), list.begin(), list.end());
  }
}

std::uint32_t BlockReader::series_count(std::string_view tenant) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  return entry == nullptr ? 0 : entry->series_count;
}

Result<SelectedSeries> BlockReader::series_at(std::string_view tenant, std::uint32_t number) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  CHECK(entry != nullptr && number < entry->series_count);
  TRY(SeriesEntry series, impl_->series(*entry, number));
  return SelectedSeries{std::move(series.labels), std::make_shared<BlockRun>(shared_from_this(), std::move(series.chunks))};
}

Result<model::Labels> BlockReader::read_sound(std::string_view tenant, std::uint32_t number, model::SampleColumns& out,
                                              LostChunks& lost) const {
  const TenantEntry* entry = impl_->tenant(tenant);
  CHECK(entry != nullptr && number < entry->series_count);
  TRY(SeriesEntry series, impl_->series(*entry, number));
  for (const ChunkRef& chunk : series.chunks) {
    model::SampleColumns samples;
    const Result<void> read = impl_->read_chunk(chunk, samples);
    if (read && continues(out, samples)) {
      append_range(samples, Timestamp::min(), Timestamp::max(), out);
      continue;
    }
    ++lost.chunks;
    lost.samples += chunk.count;
    lost.min_time = std::min(lost.min_time, Timestamp{chunk.min_time});
    lost.max_time = std::max(lost.max_time, Timestamp{chunk.max_time});
  }
  return std::move(series.labels);
}

std::vector<std::string> BlockReader::tenants() const {
  std::vector<std::string> names;
  for (const TenantEntry& entry : impl_->tenants) names.push_back(entry.name);
  return names;
}

Result<void> BlockReader::verify() const {
  for (const TenantEntry& entry : impl_->tenants) {
    for (std::uint32_t i = 0; i < entry.series_count; ++i) {
      TRY(const SeriesEntry series, impl_->series(entry, i));
      for (const ChunkRef& chunk : series.chunks) {
        model::SampleColumns samples;
        TRYV(impl_->read_chunk(chunk, samples));
      }
    }
  }
  return {};
}

}  // namespace isobar::tsdb
