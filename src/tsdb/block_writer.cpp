#include "tsdb/block_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <span>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/paged_array.h"
#include "codec/crc32c.h"
#include "tsdb/block_format.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/integer_vector.h"
#include "tsdb/chunk/sample_vector.h"
#include "tsdb/index/block_index.h"
#include "tsdb/pair_table.h"

namespace isobar::tsdb {
namespace {

constexpr std::size_t kHistogramsPerChunk = 120;
constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kMaxColumns = 1 << 17;

struct ChunkPlace {
  ChunkEncoding encoding;
  std::uint32_t count;
  std::int64_t min_time;
  std::int64_t max_time;
  std::uint64_t offset;
  std::uint64_t size;
  std::uint64_t column_offset = 0;  // of a vector's timestamps
  std::uint64_t column_size = 0;
};

void encode_chunks(std::string& out, const std::vector<ChunkPlace>& chunks) {
  put_varint(out, chunks.size());
  std::int64_t time = 0;
  for (const ChunkPlace& chunk : chunks) {
    put_u8(out, static_cast<std::uint8_t>(chunk.encoding));
    put_varint(out, chunk.count);
    put_zigzag(out, static_cast<std::int64_t>(static_cast<std::uint64_t>(chunk.min_time) - static_cast<std::uint64_t>(time)));
    put_varint(out, static_cast<std::uint64_t>(chunk.max_time) - static_cast<std::uint64_t>(chunk.min_time));
    time = chunk.max_time;
    put_varint(out, chunk.offset);
    put_varint(out, chunk.size);
    if (!has_column(chunk.encoding)) continue;
    put_varint(out, chunk.column_offset);
    put_varint(out, chunk.column_size);
  }
}

}  // namespace

struct BlockWriter::Impl {
  // 16 bytes, with 2 or 3 for each label and some 20 for each chunk beside, and once more so much in the end: a block of
  // a million series is written in little memory.
  struct SeriesEntry {
    const char* bytes;  // in `entries`: varint numbers of pairs, as long as pairs_size, then the encoded list of chunks
    std::uint32_t pairs_size;
    std::uint32_t chunks_size;
    std::string_view pairs() const { return {bytes, pairs_size}; }
    std::string_view chunks() const { return {bytes + pairs_size, chunks_size}; }
  };
  struct Tenant {
    std::string name;
    PagedArray<SeriesEntry, 1024> series;
    model::Labels last;
    std::vector<model::SeriesExemplars> exemplars;
    std::vector<model::Metadata> metadata;
  };
  Impl(Sink sink_in, Kind kind_in) : sink(std::move(sink_in)), kind(kind_in) {
    pending.append(kBlockMagic);
    put_u32(pending, kind == Kind::kDownsampled ? kDownsampledBlockVersion : kBlockVersion);
    put_u32(pending, codec::crc32c(pending));
    CHECK(pending.size() == kBlockHeaderBytes);
  }

  Sink sink;
  Kind kind;
  std::string pending;  // not yet given to the sink
  std::uint64_t given = 0;
  Result<void> fault;
  PairTable pairs;
  Arena entries;
  std::string entry;  // being put together
  std::vector<Tenant> tenants;
  BlockSummary summary;
  // Timestamp columns that are written already, by hash: offset and size.
  using Column = std::pair<std::uint64_t, std::uint64_t>;
  boost::unordered_flat_map<Hash128, Column, Hash128Hasher> columns;
  // A few that were used last, by their length: a series has full vectors and a shorter one.
  struct LastTimes {
    std::vector<std::int64_t> times;
    Column column{};
  };
  std::array<LastTimes, 8> last_times;
  std::string timestamps;
  std::string values;

  std::uint64_t position() const { return given + pending.size(); }
  void give() {
    if (fault) fault = sink(pending);
    given += pending.size();
    pending.clear();
  }
  void write(std::string_view bytes) {
    pending.append(bytes);
    if (pending.size() >= kPieceBytes) give();
  }
  // Without a copy of all of it in `pending`.
  void write_large(std::string_view bytes) {
    for (; bytes.size() > kPieceBytes; bytes.remove_prefix(kPieceBytes)) write(bytes.substr(0, kPieceBytes));
    write(bytes);
  }
  Tenant& tenant(std::string_view name) {
    if (!tenants.empty() && tenants.back().name == name) return tenants.back();
    for (Tenant& known : tenants) {
      if (known.name == name) return known;
    }
    Tenant& added = tenants.emplace_back();
    added.name = name;
    return tenants.back();
  }
  // Offsets of bodies count from the section's begin.
  std::uint64_t add_body(std::string_view bytes) {
    const std::uint64_t offset = position() - kBlockHeaderBytes;
    write(bytes);
    put_u32(pending, codec::crc32c(bytes));
    return offset;
  }
  static bool weighted(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
    if (samples.weights.empty()) return false;
    const auto first = samples.weights.begin();
    return std::any_of(first + static_cast<std::ptrdiff_t>(from), first + static_cast<std::ptrdiff_t>(to), [](std::uint32_t w) { return w > 1; });
  }
  ChunkPlace add_histograms(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
    const Chunk chunk = weighted(samples, from, to) ? encode_weighted_histogram_chunk(samples, from, to) : encode_histogram_chunk(samples, from, to);
    return {chunk.encoding, chunk.count, chunk.min_time, chunk.max_time, add_body(chunk.bytes), chunk.bytes.size()};
  }
  ChunkPlace add_vector(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
    values.clear();
    if (weighted(samples, from, to)) {
      timestamps.clear();
      encode_weighted_vector(samples, from, to, timestamps, values);
      return vector_place(samples.resets_lost ? ChunkEncoding::kWeightedVectorWithoutResets : ChunkEncoding::kWeightedVector, samples, from, to,
                          add_column());
    }
    encode_sample_values(samples, from, to, values);
    return vector_place(ChunkEncoding::kVector, samples, from, to, add_timestamps({samples.timestamps.data() + from, to - from}));
  }
  // Of what lies in `values`, which it writes.
  ChunkPlace vector_place(ChunkEncoding encoding, const model::SampleColumns& samples, std::size_t from, std::size_t to, const Column& column) {
    return {encoding,
            static_cast<std::uint32_t>(to - from),
            samples.timestamps[from],
            samples.timestamps[to - 1],
            add_body(values),
            values.size(),
            column.first,
            column.second};
  }
  // Series of one target come one after the other and mostly have the same timestamps: these are not packed again.
  Column add_timestamps(std::span<const std::int64_t> times) {
    LastTimes& last = last_times[times.size() % last_times.size()];
    if (std::equal(times.begin(), times.end(), last.times.begin(), last.times.end())) return last.column;
    timestamps.clear();
    encode_integers(times, timestamps);
    last.column = add_column();
    last.times.assign(times.begin(), times.end());
    return last.column;
  }
  // What lies in `timestamps`, once.
  Column add_column() {
    if (columns.size() >= kMaxColumns) columns.clear();  // bounded; a column may then be there twice
    const auto [column, added] = columns.try_emplace(hash128(timestamps), 0, timestamps.size());
    if (added) column->second.first = add_body(timestamps);
    return column->second;
  }
  SeriesEntry make_entry(const model::Labels& labels, const std::vector<ChunkPlace>& chunks) {
    entry.clear();
    ByteReader in(labels.encoded());
    while (!in.at_end()) {
      const char* start = in.position();
      in.bytes();
      in.bytes();
      put_varint(entry, pairs.intern({start, static_cast<std::size_t>(in.position() - start)}));
    }
    const std::size_t pairs_size = entry.size();
    encode_chunks(entry, chunks);
    return {entries.copy(entry).data(), static_cast<std::uint32_t>(pairs_size), static_cast<std::uint32_t>(entry.size() - pairs_size)};
  }
};

BlockWriter::BlockWriter(Sink sink, Kind kind) : impl_(std::make_unique<Impl>(std::move(sink), kind)) {}
BlockWriter::~BlockWriter() = default;
const BlockSummary& BlockWriter::summary() const { return impl_->summary; }

void BlockWriter::add_series(std::string_view tenant_name, const model::Labels& labels, const model::SampleColumns& samples) {
  if (samples.size() == 0) return;
  CHECK(samples.weights.empty() || impl_->kind == Kind::kDownsampled);
  Impl::Tenant& tenant = impl_->tenant(tenant_name);
  CHECK(tenant.series.size() == 0 || tenant.last < labels);
  tenant.last = labels;
  std::vector<ChunkPlace> chunks;
  std::size_t from = 0;
  while (from < samples.size()) {
    const bool histogram = samples.is_histogram(from);
    std::size_t to = from + 1;
    const std::size_t most = histogram ? kHistogramsPerChunk : kVectorSamples;
    while (to < samples.size() && to - from < most && samples.is_histogram(to) == histogram) ++to;
    chunks.push_back(histogram ? impl_->add_histograms(samples, from, to) : impl_->add_vector(samples, from, to));
    from = to;
  }
  BlockSummary& summary = impl_->summary;
  ++summary.series;
  summary.samples += samples.size();
  summary.min_time = std::min(summary.min_time, Timestamp{samples.timestamps.front()});
  summary.max_time = std::max(summary.max_time, Timestamp{samples.timestamps.back()});
  tenant.series.push_back(impl_->make_entry(labels, chunks));
}

void BlockWriter::add_exemplars(std::string_view tenant, const model::SeriesExemplars& exemplars) {
  impl_->tenant(tenant).exemplars.push_back(exemplars);
}
void BlockWriter::add_metadata(std::string_view tenant, const model::Metadata& metadata) {
  impl_->tenant(tenant).metadata.push_back(metadata);
}

namespace {

// Sorted unique strings, and each one's number.
class SymbolTable {
 public:
  void add(std::string_view text) { numbers_.emplace(text, 0); }
  void number() {
    std::uint32_t n = 0;
    for (auto& [text, value] : numbers_) value = n++;
  }
  std::uint32_t of(std::string_view text) const { return numbers_.find(text)->second; }
  std::string encode() const {
    std::string out;
    put_u32(out, static_cast<std::uint32_t>(numbers_.size()));
    std::uint32_t offset = 0;
    for (const auto& [text, value] : numbers_) {
      put_u32(out, offset);
      offset += static_cast<std::uint32_t>(text.size());
    }
    put_u32(out, offset);
    for (const auto& [text, value] : numbers_) out.append(text);
    return out;
  }

 private:
  std::map<std::string_view, std::uint32_t> numbers_;
};

// Of each pair, by its number in the writer: the symbols of name and value.
using PairSymbols = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
using Sections = std::array<std::string, kBlockSections>;

std::string& section(Sections& sections, BlockSection s) { return sections[static_cast<std::size_t>(s)]; }

std::size_t varint_size(std::uint64_t v) {
  std::size_t n = 1;
  for (; v >= 0x80; v >>= 7) ++n;
  return n;
}

PairSymbols number_symbols(const PairTable& pairs, std::string& out) {
  SymbolTable symbols;
  PairSymbols numbers(pairs.size());
  const auto each_pair = [&pairs](auto&& visit) {
    for (std::uint32_t pair = 0; pair < pairs.size(); ++pair) {
      ByteReader in(pairs.canonical(pair));
      const std::string_view name = in.bytes();
      visit(pair, name, in.bytes());
    }
  };
  each_pair([&](std::uint32_t, std::string_view name, std::string_view value) {
    symbols.add(name);
    symbols.add(value);
  });
  symbols.number();
  each_pair([&](std::uint32_t pair, std::string_view name, std::string_view value) { numbers[pair] = {symbols.of(name), symbols.of(value)}; });
  out = symbols.encode();
  return numbers;
}

// Writes the series of all tenants, in order: their number, where each begins, and the entries themselves.
class SeriesEncoder {
 public:
  SeriesEncoder(const PairSymbols& symbols, std::string& out) : symbols_(symbols), out_(out) {}

  // Exactly what add() will append.
  template <class Entry>
  std::size_t size_of(const Entry& series) const {
    std::size_t bytes = series.chunks_size;
    std::uint64_t count = 0;
    for (ByteReader in(series.pairs()); !in.at_end(); ++count) {
      const auto& pair = symbols_[in.varint()];
      bytes += varint_size(pair.first) + varint_size(pair.second);
    }
    return bytes + varint_size(count);
  }
  // Makes room for `count` series that take `bytes`.
  void begin(std::uint64_t count, std::size_t bytes) {
    out_.reserve(8 + count * 8 + bytes);
    put_u64(out_, count);
    out_.append(count * 8, '\0');
    first_ = out_.size();
  }
  // `visit(pair)` for each pair of the series.
  template <class Entry, class Visit>
  void add(const Entry& series, Visit&& visit) {
    const std::uint64_t offset = out_.size() - first_;
    std::memcpy(out_.data() + 8 + 8 * added_++, &offset, 8);
    pairs_.clear();
    for (ByteReader in(series.pairs()); !in.at_end();) pairs_.push_back(static_cast<std::uint32_t>(in.varint()));
    put_varint(out_, pairs_.size());
    for (const std::uint32_t pair : pairs_) {
      put_varint(out_, symbols_[pair].first);
      put_varint(out_, symbols_[pair].second);
      visit(pair);
    }
    out_.append(series.chunks());
  }

 private:
  const PairSymbols& symbols_;
  std::string& out_;
  std::size_t first_ = 0;
  std::size_t added_ = 0;
  std::vector<std::uint32_t> pairs_;
};

// The postings of one tenant, and what its tables are.
class TenantPostings {
 public:
  explicit TenantPostings(const PairSymbols& symbols) : symbols_(symbols), lists_(symbols.size()) {}
  // `series` counts from the tenant's first.
  void add(std::uint32_t pair, std::uint32_t series) {
    if (lists_[pair].empty()) used_.push_back(pair);
    lists_[pair].push_back(series);
  }
  // And starts anew, for the next tenant.
  std::vector<LabelTable> encode(std::string& postings) {
    std::sort(used_.begin(), used_.end(), [this](std::uint32_t a, std::uint32_t b) { return symbols_[a] < symbols_[b]; });
    TableEncoder encoder(postings);
    std::vector<LabelTable> tables;
    for (std::size_t i = 0; i < used_.size();) {
      const std::uint32_t name = symbols_[used_[i]].first;
      for (; i < used_.size() && symbols_[used_[i]].first == name; ++i) {
        encoder.add(symbols_[used_[i]].second, lists_[used_[i]]);
        lists_[used_[i]] = {};
      }
      tables.push_back(encoder.finish(name));
    }
    used_.clear();
    return tables;
  }

 private:
  const PairSymbols& symbols_;
  std::vector<PostingsList> lists_;  // by pair
  std::vector<std::uint32_t> used_;
};

template <class Tenants>
void encode_index(const Tenants& all, const PairSymbols& symbols, Sections& sections) {
  SeriesEncoder encoder(symbols, section(sections, BlockSection::kSeries));
  std::uint64_t series_total = 0;
  std::size_t bytes = 0;
  for (const auto& tenant : all) {
    series_total += tenant.series.size();
    for (std::size_t i = 0; i < tenant.series.size(); ++i) bytes += encoder.size_of(tenant.series[i]);
  }
  encoder.begin(series_total, bytes);
  std::string& tenants = section(sections, BlockSection::kTenants);
  put_varint(tenants, all.size());
  TenantPostings postings(symbols);
  std::uint64_t first = 0;
  for (const auto& tenant : all) {
    put_bytes(tenants, tenant.name);
    put_varint(tenants, first);
    put_varint(tenants, tenant.series.size());
    first += tenant.series.size();
    for (std::uint32_t number = 0; number < tenant.series.size(); ++number) {
      encoder.add(tenant.series[number], [&](std::uint32_t pair) { postings.add(pair, number); });
    }
    const std::vector<LabelTable> tables = postings.encode(section(sections, BlockSection::kPostings));
    put_varint(tenants, tables.size());
    for (const LabelTable& table : tables) {
      put_varint(tenants, table.name);
      put_varint(tenants, table.values);
      put_varint(tenants, table.offset);
    }
  }
}

template <class Tenants>
void encode_extras(const Tenants& all, std::string& exemplars, std::string& metadata) {
  for (const auto& tenant : all) {
    put_bytes(exemplars, tenant.name);
    put_varint(exemplars, tenant.exemplars.size());
    for (const auto& series : tenant.exemplars) {
      put_bytes(exemplars, series.series.encoded());
      put_varint(exemplars, series.exemplars.size());
      for (const model::Exemplar& e : series.exemplars) {
        put_bytes(exemplars, e.labels.encoded());
        put_f64(exemplars, e.value);
        put_zigzag(exemplars, e.timestamp.ms);
      }
    }
    put_bytes(metadata, tenant.name);
    put_varint(metadata, tenant.metadata.size());
    for (const model::Metadata& m : tenant.metadata) {
      put_u8(metadata, static_cast<std::uint8_t>(m.type));
      put_bytes(metadata, m.metric);
      put_bytes(metadata, m.help);
      put_bytes(metadata, m.unit);
    }
  }
}

}  // namespace

Result<std::uint64_t> BlockWriter::finish() {
  Impl& w = *impl_;
  Sections sections;
  const PairSymbols symbols = number_symbols(w.pairs, section(sections, BlockSection::kSymbols));
  encode_index(w.tenants, symbols, sections);
  encode_extras(w.tenants, section(sections, BlockSection::kExemplars), section(sections, BlockSection::kMetadata));

  std::string footer;
  put_u64(footer, kBlockHeaderBytes);
  put_u64(footer, w.position() - kBlockHeaderBytes);
  put_u32(footer, 0);
  for (std::size_t i = 1; i < kBlockSections; ++i) {
    put_u64(footer, w.position());
    put_u64(footer, sections[i].size());
    put_u32(footer, codec::crc32c(sections[i]));
    w.write_large(sections[i]);
    std::string().swap(sections[i]);
  }
  put_u32(footer, kBlockSections);
  put_u32(footer, codec::crc32c(footer));
  footer.append(kBlockMagic);
  CHECK(footer.size() == kBlockFooterBytes);
  w.write(footer);
  w.give();
  TRYV(w.fault);
  return w.given;
}

}  // namespace isobar::tsdb
