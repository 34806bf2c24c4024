#include "tsdb/block_writer.h"

#include <map>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/bytes.h"
#include "base/check.h"
#include "base/arena.h"
#include "base/hash.h"
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
constexpr std::size_t kMaxColumns = 1 << 20;

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
    if (chunk.encoding != ChunkEncoding::kVector) continue;
    put_varint(out, chunk.column_offset);
    put_varint(out, chunk.column_size);
  }
}

}  // namespace

struct BlockWriter::Impl {
  // About 30 bytes, with 4 for each label and some 20 for each chunk beside: a block of a million series is written in
  // little memory.
  struct SeriesEntry {
    std::uint32_t first_pair;
    std::uint32_t pair_count;
    std::string_view chunks;  // encoded, in `lists`
  };
  struct Tenant {
    std::string name;
    std::vector<SeriesEntry> series;
    model::Labels last;
    std::vector<model::SeriesExemplars> exemplars;
    std::vector<model::Metadata> metadata;
  };
  explicit Impl(Sink sink_in) : sink(std::move(sink_in)) {
    pending.append(kBlockMagic);
    put_u32(pending, kBlockVersion);
    put_u32(pending, 0);
    CHECK(pending.size() == kBlockHeaderBytes);
  }

  Sink sink;
  std::string pending;  // not yet given to the sink
  std::uint64_t given = 0;
  Result<void> fault;
  PairTable pairs;
  std::vector<std::uint32_t> series_pairs;
  Arena lists;
  std::vector<Tenant> tenants;
  BlockSummary summary;
  // Timestamp columns that are written already, by hash: offset and size.
  boost::unordered_flat_map<Hash128, std::pair<std::uint64_t, std::uint64_t>, Hash128Hasher> columns;
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
  Tenant& tenant(std::string_view name) {
    if (!tenants.empty() && tenants.back().name == name) return tenants.back();
    for (Tenant& known : tenants) {
      if (known.name == name) return known;
    }
    tenants.push_back({std::string(name), {}, {}, {}, {}});
    return tenants.back();
  }
  // Offsets of bodies count from the section's begin.
  std::uint64_t add_body(std::string_view bytes) {
    const std::uint64_t offset = position() - kBlockHeaderBytes;
    write(bytes);
    put_u32(pending, codec::crc32c(bytes));
    return offset;
  }
  ChunkPlace add_histograms(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
    const Chunk chunk = encode_histogram_chunk(samples, from, to);
    return {chunk.encoding, chunk.count, chunk.min_time, chunk.max_time, add_body(chunk.bytes), chunk.bytes.size()};
  }
  ChunkPlace add_vector(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
    timestamps.clear();
    values.clear();
    encode_sample_vector(samples, from, to, timestamps, values);
    if (columns.size() >= kMaxColumns) columns.clear();  // bounded; a column may then be there twice
    const auto [column, added] = columns.try_emplace(hash128(timestamps), 0, timestamps.size());
    if (added) column->second.first = add_body(timestamps);
    return {ChunkEncoding::kVector,   static_cast<std::uint32_t>(to - from), samples.timestamps[from],
            samples.timestamps[to - 1], add_body(values), values.size(), column->second.first, column->second.second};
  }
  SeriesEntry add_labels(const model::Labels& labels) {
    SeriesEntry entry{static_cast<std::uint32_t>(series_pairs.size()), 0, {}};
    ByteReader in(labels.encoded());
    while (!in.at_end()) {
      const char* start = in.position();
      in.bytes();
      in.bytes();
      series_pairs.push_back(pairs.intern({start, static_cast<std::size_t>(in.position() - start)}));
      ++entry.pair_count;
    }
    return entry;
  }
};

BlockWriter::BlockWriter(Sink sink) : impl_(std::make_unique<Impl>(std::move(sink))) {}
BlockWriter::~BlockWriter() = default;
const BlockSummary& BlockWriter::summary() const { return impl_->summary; }

void BlockWriter::add_series(std::string_view tenant_name, const model::Labels& labels, const model::SampleColumns& samples) {
  if (samples.size() == 0) return;
  Impl::Tenant& tenant = impl_->tenant(tenant_name);
  CHECK(tenant.series.empty() || tenant.last < labels);
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
  Impl::SeriesEntry entry = impl_->add_labels(labels);
  std::string list;
  encode_chunks(list, chunks);
  entry.chunks = impl_->lists.copy(list);
  tenant.series.push_back(entry);
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

}  // namespace

Result<std::uint64_t> BlockWriter::finish() {
  Impl& w = *impl_;
  SymbolTable symbols;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pair_symbols(w.pairs.size());
  const auto each_pair = [&w](auto&& visit) {
    for (std::uint32_t pair = 0; pair < w.pairs.size(); ++pair) {
      ByteReader in(w.pairs.canonical(pair));
      const std::string_view name = in.bytes();
      visit(pair, name, in.bytes());
    }
  };
  each_pair([&](std::uint32_t, std::string_view name, std::string_view value) {
    symbols.add(name);
    symbols.add(value);
  });
  symbols.number();
  each_pair([&](std::uint32_t pair, std::string_view name, std::string_view value) { pair_symbols[pair] = {symbols.of(name), symbols.of(value)}; });

  std::array<std::string, kBlockSections> sections;
  const auto section = [&](BlockSection s) -> std::string& { return sections[static_cast<std::size_t>(s)]; };
  section(BlockSection::kSymbols) = symbols.encode();

  std::uint32_t series_total = 0;
  std::string series_bytes;
  std::string series_offsets;
  std::string& tenants = section(BlockSection::kTenants);
  std::string& postings = section(BlockSection::kPostings);
  put_varint(tenants, w.tenants.size());
  for (const auto& tenant : w.tenants) {
    put_bytes(tenants, tenant.name);
    put_varint(tenants, series_total);
    put_varint(tenants, tenant.series.size());
    // Postings count from the tenant's first series.
    std::map<std::pair<std::uint32_t, std::uint32_t>, PostingsList> lists;
    std::uint32_t number = 0;
    for (const auto& series : tenant.series) {
      put_u64(series_offsets, series_bytes.size());
      put_varint(series_bytes, series.pair_count);
      for (std::uint32_t i = 0; i < series.pair_count; ++i) {
        const auto& pair = pair_symbols[w.series_pairs[series.first_pair + i]];
        put_varint(series_bytes, pair.first);
        put_varint(series_bytes, pair.second);
        lists[pair].push_back(number);
      }
      series_bytes.append(series.chunks);
      ++number;
    }
    series_total += number;
    TableEncoder encoder(postings);
    std::vector<LabelTable> tables;
    for (auto at = lists.begin(); at != lists.end();) {
      const std::uint32_t name = at->first.first;
      for (; at != lists.end() && at->first.first == name; ++at) encoder.add(at->first.second, at->second);
      tables.push_back(encoder.finish(name));
    }
    put_varint(tenants, tables.size());
    for (const LabelTable& table : tables) {
      put_varint(tenants, table.name);
      put_varint(tenants, table.values);
      put_varint(tenants, table.offset);
    }
  }
  std::string& series_section = section(BlockSection::kSeries);
  put_u64(series_section, series_total);
  series_section.append(series_offsets).append(series_bytes);

  std::string& exemplars = section(BlockSection::kExemplars);
  std::string& metadata = section(BlockSection::kMetadata);
  for (const auto& tenant : w.tenants) {
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

  std::string footer;
  put_u64(footer, kBlockHeaderBytes);
  put_u64(footer, w.position() - kBlockHeaderBytes);
  put_u32(footer, 0);
  for (std::size_t i = 1; i < kBlockSections; ++i) {
    put_u64(footer, w.position());
    put_u64(footer, sections[i].size());
    put_u32(footer, codec::crc32c(sections[i]));
    w.write(sections[i]);
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
