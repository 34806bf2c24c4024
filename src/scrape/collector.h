// Internal: turns the events of one page into a write batch. One object a target; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/arena.h"
#include "exposition/exposition.h"
#include "model/write_batch.h"
#include "scrape/sample_labels.h"
#include "scrape/series_cache.h"

namespace isobar::scrape {

class Collector : public exposition::Visitor {
 public:
  // `config` and `target_labels` must live until the next reset().
  explicit Collector(SeriesCache& cache) : cache_(cache) {}

  // Begins a scrape. Samples without a timestamp of their own get `timestamp`.
  void reset(const ScrapeConfig& config, const model::Labels& target_labels, const model::Relabeler& relabeler,
             exposition::Format format, std::int64_t timestamp);

  exposition::Next on_sample(const exposition::SampleEvent& sample) override;
  exposition::Next on_metadata(const exposition::MetadataEvent& event) override;
  // After the last event: hands out metadata that changed.
  void finish();

  // Set if the page must be refused (a limit, a series without a name); parsing stopped there.
  const std::optional<Error>& error() const { return error_; }
  // Of the page; after relabelling; in it for the first time; left out for a timestamp too far in the future.
  std::uint64_t scraped() const { return scraped_; }
  std::uint64_t kept() const { return kept_; }
  std::uint64_t series_added() const { return added_; }
  std::uint64_t out_of_bounds() const { return out_of_bounds_; }

  model::WriteBatch& batch() { return batch_; }
  // What the target last said about its families.
  const std::map<std::string, model::Metadata, std::less<>>& metadata() const { return metadata_; }
  void forget_metadata() { metadata_.clear(); }

 private:
  exposition::Next stop(Error error);
  SeriesCache::Entry* entry_of(const exposition::SampleEvent& sample);
  std::uint32_t series_index(SeriesCache::Entry& entry);
  void add_exemplars(const exposition::SampleEvent& sample, SeriesCache::Entry& entry, std::int64_t timestamp);
  void flush_metadata();

  SeriesCache& cache_;
  const ScrapeConfig* config_ = nullptr;
  const model::Labels* target_labels_ = nullptr;
  const model::Relabeler* relabeler_ = nullptr;
  exposition::Format format_ = exposition::Format::kText;
  std::int64_t timestamp_ = 0;

  Arena arena_;
  std::vector<model::LabelView> labels_;
  model::WriteBatch batch_;
  std::optional<Error> error_;
  std::uint64_t scraped_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t out_of_bounds_ = 0;
  model::Metadata family_;  // being read
  std::map<std::string, model::Metadata, std::less<>> metadata_;
};

}  // namespace isobar::scrape
