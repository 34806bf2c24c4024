// The file `index` of a Prometheus block, versions 1 and 2. Symbols and the table of postings are read and verified when
// it is opened, series and postings lists when they are asked for. Immutable and thread-safe.
// Source: index.md of prometheus/prometheus.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "sys/file_system.h"
#include "tsdb/index/matching.h"
#include "tsdb/prometheus_block/format.h"

namespace isobar::tsdb::prometheus {

class IndexReader {
 public:
  // kCorrupt, kUnsupported for another version. Memory: 16 bytes a symbol and 24 a name=value pair.
  static Result<std::unique_ptr<const IndexReader>> open(std::shared_ptr<const sys::MappedFile> file);

  // References of all series, and of those that match; ascending, which is the order of their labels too.
  Result<Postings> all() const;
  Result<Postings> match(std::span<const model::Matcher> matchers) const;
  // `chunks` may be null. Cleared first.
  Result<void> series(std::uint32_t reference, model::Labels& labels, std::vector<ChunkMeta>* chunks) const;

 private:
  struct ValueEntry {
    std::string_view value;
    std::uint64_t offset;  // of the postings list
  };
  class Lookup;

  IndexReader() = default;
  Result<void> load();
  Result<void> load_symbols(std::uint64_t offset);
  Result<void> load_table(std::uint64_t offset);
  // What stands between a 32-bit length and its checksum.
  Result<std::string_view> section(std::uint64_t offset, std::string_view what) const;
  Result<void> postings(std::uint64_t offset, Postings& out) const;
  const ValueEntry* find(std::string_view name, std::string_view value) const;
  Result<std::string_view> symbol(std::uint64_t number) const;
  Result<std::string_view> series_entry(std::uint32_t reference) const;
  Result<std::string_view> label_of(std::uint32_t reference, std::string_view name) const;
  Result<void> read_labels(ByteReader& in, model::Labels& labels) const;

  std::shared_ptr<const sys::MappedFile> file_;
  std::string_view bytes_;
  std::uint8_t version_ = 0;
  std::vector<std::string_view> symbols_;                            // of version 2
  std::map<std::string_view, std::vector<ValueEntry>> names_;  // values ascending
};

}  // namespace isobar::tsdb::prometheus
