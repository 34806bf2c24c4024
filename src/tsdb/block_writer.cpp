#include "tsdb/block_writer.h"

#include <map>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "codec/crc32c.h"
#include "tsdb/block_format.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/integer_vector.h"
#include "tsdb/chunk/sample_vector.h"

namespace isobar::tsdb {
namespace {

constexpr std::size_t kHistogramsPerChunk = 120;

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

}  // namespace

struct BlockWriter::Impl {
  struct SeriesEntry {
    model::Labels labels;
    std::vector<ChunkPlace> chunks;
  };
  struct Tenant {
    std::string name;
    std::vector<SeriesEntry> series;
    std::vector<model::SeriesExemplars> exemplars;
    std::vector<model::Metadata> metadata;
  };
  std::string chunks;
  std::vector<Tenant> tenants;
  BlockSummary summary;

  Tenant& tenant(std::string_view name) {
    if (tenants.empty() || tenants.back().name != name) {
      for (Tenant& known : tenants) {
        if (known.name == name) return known;
      }
      tenants.push_back({std::string(name), {}, {}, {}});
    }
    return tenants.back();
  }
  // Timestamp columns that are in `chunks` already, by hash: offset and size.
  boost::unordered_flat_map<Hash128, std::pair<std::uint64_t, std::uint64_t>, Hash128Hasher> columns;
  std::string timestamps;
  std::string values;

  std::uint64_t add_body(std::string_view bytes) {
    const std::uint64_t offset = chunks.size();
    chunks.append(bytes);
    put_u32(chunks, codec::crc32c(bytes));
    return offset;
  }
  void add_histograms(SeriesEntry& entry, const Chunk& chunk) {
    entry.chunks.push_back({chunk.encoding, chunk.count, chunk.min_time, chunk.max_time, add_body(chunk.bytes), chunk.bytes.size()});
  }
  void add_vector(SeriesEntry& entry, const model::SampleColumns& samples, std::size_t from, std::size_t to) {
    timestamps.clear();
    values.clear();
    encode_sample_vector(samples, from, to, timestamps, values);
    const auto [column, added] = columns.try_emplace(hash128(timestamps), 0, timestamps.size());
    if (added) column->second.first = add_body(timestamps);
    entry.chunks.push_back({ChunkEncoding::kVector, static_cast<std::uint32_t>(to - from), samples.timestamps[from],
                            samples.timestamps[to - 1], add_body(values), values.size(), column->second.first,
                            column->second.second});
  }
};

BlockWriter::BlockWriter() : impl_(std::make_unique<Impl>()) {}
BlockWriter::~BlockWriter() = default;
const BlockSummary& BlockWriter::summary() const { return impl_->summary; }

void BlockWriter::add_series(std::string_view tenant, const model::Labels& labels, const model::SampleColumns& samples) {
  if (samples.size() == 0) return;
  auto& series = impl_->tenant(tenant).series;
  CHECK(series.empty() || series.back().labels < labels);
  Impl::SeriesEntry entry{labels, {}};
  std::size_t from = 0;
  while (from < samples.size()) {
    const bool histogram = samples.is_histogram(from);
    std::size_t to = from + 1;
    const std::size_t most = histogram ? kHistogramsPerChunk : kVectorSamples;
    while (to < samples.size() && to - from < most && samples.is_histogram(to) == histogram) ++to;
    if (histogram) {
      impl_->add_histograms(entry, encode_histogram_chunk(samples, from, to));
    } else {
      impl_->add_vector(entry, samples, from, to);
    }
    from = to;
  }
  BlockSummary& summary = impl_->summary;
  ++summary.series;
  summary.samples += samples.size();
  summary.min_time = std::min(summary.min_time, Timestamp{samples.timestamps.front()});
  summary.max_time = std::max(summary.max_time, Timestamp{samples.timestamps.back()});
  series.push_back(std::move(entry));
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

void encode_series(std::string& out, const model::Labels& labels, const std::vector<ChunkPlace>& chunks,
                   const SymbolTable& symbols) {
  put_varint(out, labels.size());
  for (const model::LabelView& label : labels) {
    put_varint(out, symbols.of(label.name));
    put_varint(out, symbols.of(label.value));
  }
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

std::string BlockWriter::finish() {
  SymbolTable symbols;
  for (const auto& tenant : impl_->tenants) {
    for (const auto& series : tenant.series) {
      for (const model::LabelView& label : series.labels) {
        symbols.add(label.name);
        symbols.add(label.value);
      }
    }
  }
  symbols.number();

  std::array<std::string, kBlockSections> sections;
  const auto section = [&](BlockSection s) -> std::string& { return sections[static_cast<std::size_t>(s)]; };
  section(BlockSection::kChunks) = std::move(impl_->chunks);
  section(BlockSection::kSymbols) = symbols.encode();

  std::uint32_t series_total = 0;
  std::string series_bytes;
  std::string series_offsets;
  std::string& tenants = section(BlockSection::kTenants);
  std::string& postings = section(BlockSection::kPostings);
  put_varint(tenants, impl_->tenants.size());
  for (const auto& tenant : impl_->tenants) {
    put_bytes(tenants, tenant.name);
    put_varint(tenants, series_total);
    put_varint(tenants, tenant.series.size());
    // Postings count from the tenant's first series.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> lists;
    std::uint32_t number = 0;
    for (const auto& series : tenant.series) {
      put_u64(series_offsets, series_bytes.size());
      encode_series(series_bytes, series.labels, series.chunks, symbols);
      for (const model::LabelView& label : series.labels) {
        lists[{symbols.of(label.name), symbols.of(label.value)}].push_back(number);
      }
      ++number;
    }
    series_total += number;
    put_varint(tenants, lists.size());
    for (const auto& [pair, list] : lists) {
      put_varint(tenants, pair.first);
      put_varint(tenants, pair.second);
      put_varint(tenants, list.size());
      put_varint(tenants, postings.size());
      std::uint32_t previous = 0;
      for (const std::uint32_t n : list) {
        put_varint(postings, n - previous);
        previous = n;
      }
    }
  }
  std::string& series_section = section(BlockSection::kSeries);
  put_u64(series_section, series_total);
  series_section.append(series_offsets).append(series_bytes);

  std::string& exemplars = section(BlockSection::kExemplars);
  std::string& metadata = section(BlockSection::kMetadata);
  for (const auto& tenant : impl_->tenants) {
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

  std::string out(kBlockMagic);
  put_u32(out, kBlockVersion);
  put_u32(out, 0);
  CHECK(out.size() == kBlockHeaderBytes);
  std::string footer;
  for (std::size_t i = 0; i < kBlockSections; ++i) {
    put_u64(footer, out.size());
    put_u64(footer, sections[i].size());
    put_u32(footer, i == 0 ? 0 : codec::crc32c(sections[i]));
    out.append(sections[i]);
    std::string().swap(sections[i]);
  }
  put_u32(footer, kBlockSections);
  put_u32(footer, codec::crc32c(footer));
  footer.append(kBlockMagic);
  CHECK(footer.size() == kBlockFooterBytes);
  out.append(footer);
  return out;
}

}  // namespace isobar::tsdb
