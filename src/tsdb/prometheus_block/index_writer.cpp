#include "tsdb/prometheus_block/index_writer.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "codec/crc32c.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint64_t kSectionAlignment = 4;

struct Toc {
  std::uint64_t symbols = 0;
  std::uint64_t series = 0;
  std::uint64_t postings = 0;
  std::uint64_t label_table = 0;
  std::uint64_t postings_table = 0;
};

std::string encode_toc(const Toc& toc) {
  std::string out;
  // Indices of label values would stand before the postings; there are none.
  for (const std::uint64_t offset : {toc.symbols, toc.series, toc.postings, toc.label_table, toc.postings, toc.postings_table}) {
    put_be64(out, offset);
  }
  put_be32(out, codec::crc32c(out));
  return out;
}

// Length, content, checksum.
Result<void> write_section(FileWriter& out, std::string_view content) {
  if (content.size() > UINT32_MAX) return fail(Code::kTooLarge, "a section of the index would be larger than 4 GB; export less at once");
  std::string frame;
  put_be32(frame, static_cast<std::uint32_t>(content.size()));
  TRYV(out.append(frame));
  TRYV(out.append(content));
  frame.clear();
  put_be32(frame, codec::crc32c(content));
  return out.append(frame);
}

struct PairText {
  std::string_view name;
  std::string_view value;
};

PairText text_of(const PairTable& pairs, std::uint32_t pair) {
  ByteReader in(pairs.canonical(pair));
  const std::string_view name = in.bytes();
  return {name, in.bytes()};
}

}  // namespace

void IndexWriter::add_series(const model::Labels& labels, const std::vector<ChunkMeta>& chunks) {
  SeriesEntry entry{static_cast<std::uint32_t>(series_pairs_.size()), 0, {}};
  ByteReader in(labels.encoded());
  while (!in.at_end()) {
    const char* start = in.position();
    in.bytes();
    in.bytes();
    series_pairs_.push_back(pairs_.intern({start, static_cast<std::size_t>(in.position() - start)}));
    ++entry.pair_count;
  }
  std::string list;
  put_varint(list, chunks.size());
  const ChunkMeta* before = nullptr;
  for (const ChunkMeta& chunk : chunks) {
    const auto min = static_cast<std::uint64_t>(chunk.min_time);
    if (before == nullptr) put_zigzag(list, chunk.min_time);
    else put_varint(list, min - static_cast<std::uint64_t>(before->max_time));
    put_varint(list, static_cast<std::uint64_t>(chunk.max_time) - min);
    if (before == nullptr) put_varint(list, chunk.ref);
    else put_zigzag(list, static_cast<std::int64_t>(chunk.ref - before->ref));
    before = &chunk;
  }
  entry.chunks = lists_.copy(list);
  series_.push_back(entry);
}

Result<void> IndexWriter::write(FileWriter& out) {
  std::string header;
  put_be32(header, kIndexMagic);
  put_u8(header, kVersion);
  TRYV(out.append(header));
  Toc toc;
  toc.symbols = out.position();
  TRYV(write_symbols(out));
  TRYV(out.pad(kSeriesAlignment));
  toc.series = out.position();
  TRYV(write_series(out));
  TRYV(out.pad(kSectionAlignment));
  toc.postings = out.position();
  TRYV(write_postings(out));
  TRYV(out.pad(kSectionAlignment));
  toc.label_table = out.position();
  std::string none;
  put_be32(none, 0);
  TRYV(write_section(out, none));
  TRYV(out.pad(kSectionAlignment));
  toc.postings_table = out.position();
  std::string table;
  put_be32(table, table_entries_);
  table.append(table_);
  TRYV(write_section(out, table));
  return out.append(encode_toc(toc));
}

Result<void> IndexWriter::write_symbols(FileWriter& out) {
  for (std::uint32_t pair = 0; pair < pairs_.size(); ++pair) {
    const PairText text = text_of(pairs_, pair);
    symbols_.push_back(text.name);
    symbols_.push_back(text.value);
  }
  std::sort(symbols_.begin(), symbols_.end());
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end()), symbols_.end());
  const auto number_of = [this](std::string_view text) {
    return static_cast<std::uint32_t>(std::lower_bound(symbols_.begin(), symbols_.end(), text) - symbols_.begin());
  };
  for (std::uint32_t pair = 0; pair < pairs_.size(); ++pair) {
    const PairText text = text_of(pairs_, pair);
    pair_symbols_.push_back({number_of(text.name), number_of(text.value)});
  }
  std::string content;
  put_be32(content, static_cast<std::uint32_t>(symbols_.size()));
  for (const std::string_view symbol : symbols_) put_bytes(content, symbol);
  return write_section(out, content);
}

Result<void> IndexWriter::write_series(FileWriter& out) {
  std::string content;
  std::string entry;
  for (const SeriesEntry& series : series_) {
    TRYV(out.pad(kSeriesAlignment));
    const std::uint64_t reference = out.position() / kSeriesAlignment;
    if (reference > UINT32_MAX) return fail(Code::kTooLarge, "the index would be larger than 64 GB; export less at once");
    references_.push_back(static_cast<std::uint32_t>(reference));
    content.clear();
    put_varint(content, series.pair_count);
    for (std::uint32_t i = 0; i < series.pair_count; ++i) {
      const PairSymbols& symbols = pair_symbols_[series_pairs_[series.first_pair + i]];
      put_varint(content, symbols.name);
      put_varint(content, symbols.value);
    }
    content.append(series.chunks);
    entry.clear();
    put_bytes(entry, content);
    put_be32(entry, codec::crc32c(content));
    TRYV(out.append(entry));
  }
  return {};
}

Result<void> IndexWriter::write_list(FileWriter& out, std::string_view name, std::string_view value, const std::uint32_t* from,
                                     std::size_t count) {
  TRYV(out.pad(kSectionAlignment));
  put_varint(table_, 2);
  put_bytes(table_, name);
  put_bytes(table_, value);
  put_varint(table_, out.position());
  ++table_entries_;
  std::string content;
  content.reserve(4 + count * 4);
  put_be32(content, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) put_be32(content, from[i]);
  return write_section(out, content);
}

// Lists of all pairs in one array, by pair.
Result<void> IndexWriter::write_postings(FileWriter& out) {
  TRYV(write_list(out, "", "", references_.data(), references_.size()));
  std::vector<std::uint64_t> starts(pairs_.size() + 1);
  for (const std::uint32_t pair : series_pairs_) ++starts[pair + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<std::uint32_t> lists(series_pairs_.size());
  std::vector<std::uint64_t> next(starts.begin(), starts.end() - 1);
  for (std::size_t number = 0; number < series_.size(); ++number) {
    const SeriesEntry& series = series_[number];
    for (std::uint32_t i = 0; i < series.pair_count; ++i) lists[next[series_pairs_[series.first_pair + i]]++] = references_[number];
  }
  std::vector<std::uint32_t> order(pairs_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    const PairSymbols& x = pair_symbols_[a];
    const PairSymbols& y = pair_symbols_[b];
    return x.name != y.name ? x.name < y.name : x.value < y.value;
  });
  for (const std::uint32_t pair : order) {
    const PairText text = text_of(pairs_, pair);
    TRYV(write_list(out, text.name, text.value, lists.data() + starts[pair], starts[pair + 1] - starts[pair]));
  }
  return {};
}

}  // namespace isobar::tsdb::prometheus
