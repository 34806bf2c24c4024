// Writes the file `index` of a Prometheus block, version 2. Source: index.md of prometheus/prometheus. The sections that
// nobody reads any more, indices of label values, are empty. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/labels.h"
#include "tsdb/pair_table.h"
#include "tsdb/prometheus_block/file_writer.h"
#include "tsdb/prometheus_block/format.h"

namespace isobar::tsdb::prometheus {

class IndexWriter {
 public:
  // In ascending order of labels; chunks ascending, at least one. Kept in memory until write(): 4 bytes a label, some 10
  // a chunk.
  void add_series(const model::Labels& labels, const std::vector<ChunkMeta>& chunks);
  std::size_t series_count() const { return series_.size(); }
  // kTooLarge: more than the format's 32-bit references can name. Once.
  Result<void> write(FileWriter& out);

 private:
  struct SeriesEntry {
    std::uint32_t first_pair;
    std::uint32_t pair_count;
    std::string_view chunks;  // encoded, in `lists_`
  };
  struct PairSymbols {
    std::uint32_t name;
    std::uint32_t value;
  };
  Result<void> write_symbols(FileWriter& out);
  Result<void> write_series(FileWriter& out);
  Result<void> write_postings(FileWriter& out);
  Result<void> write_list(FileWriter& out, std::string_view name, std::string_view value, const std::uint32_t* from, std::size_t count);

  PairTable pairs_;
  std::vector<std::uint32_t> series_pairs_;
  Arena lists_;
  std::vector<SeriesEntry> series_;
  std::vector<std::string_view> symbols_;
  std::vector<PairSymbols> pair_symbols_;
  std::vector<std::uint32_t> references_;  // by series
  std::string table_;                      // entries of the table of postings
  std::uint32_t table_entries_ = 0;
};

}  // namespace isobar::tsdb::prometheus
