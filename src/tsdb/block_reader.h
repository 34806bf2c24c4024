// Reads one block of metrics. All index sections are verified on open, each chunk when it is read. Immutable and
// thread-safe; what select() hands out keeps the reader alive.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/exemplar.h"
#include "model/matcher.h"
#include "model/metadata.h"
#include "sys/file_system.h"
#include "tsdb/generation.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {

class BlockReader : public std::enable_shared_from_this<BlockReader> {
 public:
  // `name` is used in errors. kCorrupt for damage, kUnsupported for a newer version.
  // `resolution` is that of a downsampled block; runs tell it.
  static Result<std::shared_ptr<const BlockReader>> open(std::string name, std::shared_ptr<const sys::MappedFile> file,
                                                         Duration resolution = {});
  ~BlockReader();

  // Samples may stand for others; BlockWriter::Kind::kDownsampled writes it again.
  bool downsampled() const;
  // As for Generation. Damaged series are kCorrupt.
  Result<void> select(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                      std::vector<SelectedSeries>& out) const;
  Result<void> select_labels(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                             Timestamp max, std::vector<model::Labels>& out) const;
  Result<void> exemplars(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                         Timestamp max, std::vector<model::SeriesExemplars>& out) const;
  // Whether select() would find any.
  Result<bool> holds(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max) const;
  void metadata(std::string_view tenant, std::string_view metric, std::vector<model::Metadata>& out) const;
  std::vector<std::string> tenants() const;
  // How many series the tenant has, and each by its number; ascending by labels.
  std::uint32_t series_count(std::string_view tenant) const;
  Result<SelectedSeries> series_at(std::string_view tenant, std::uint32_t number) const;
  // What of a series, by its number, can still be read: the samples of every sound chunk, ascending, appended to `out`. The
  // others are counted in `lost`. kCorrupt: the series' own entry is damaged, so that nothing of it is known.
  struct LostChunks {
    std::uint64_t chunks = 0;
    std::uint64_t samples = 0;
    Timestamp min_time = Timestamp::max();
    Timestamp max_time = Timestamp::min();
  };
  Result<model::Labels> read_sound(std::string_view tenant, std::uint32_t number, model::SampleColumns& out, LostChunks& lost) const;
  // All of it will be read, if it is a copy that fills up.
  void prefetch_all() const;
  // Every chunk's checksum.
  Result<void> verify() const;

 private:
  friend class BlockRun;
  struct Impl;
  explicit BlockReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::tsdb
