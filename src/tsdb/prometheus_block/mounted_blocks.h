// Blocks of Prometheus, Mimir or Thanos that queries read where they lie, beside a store of ours. Where both have a sample
// of one series and time, the store's is taken. The blocks are one tenant's and do not change. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/series_reader.h"
#include "tsdb/prometheus_block/block_reader.h"

namespace isobar::tsdb::prometheus {

class MountedBlocks final : public model::SeriesReader {
 public:
  // `own` outlives it.
  MountedBlocks(model::SeriesReader& own, std::vector<std::shared_ptr<const BlockReader>> blocks, std::string tenant);

  // A block that turns out to be damaged is a warning.
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request, const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_names(const model::SelectRequest& request, const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_values(const std::string& name, const model::SelectRequest& request,
                                                const model::ReadContext& context) override;
  // The store's: blocks have neither.
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest& request, const model::ReadContext& context) override;
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>& tenants, const std::string& metric,
                                                const model::ReadContext& context) override;

 private:
  // What of a request concerns the blocks.
  struct Share {
    bool any = false;
    bool labelled = false;  // several tenants: series carry __tenant_id__
    std::vector<model::Matcher> matchers;
  };
  Share share_of(const model::SelectRequest& request) const;
  Result<std::vector<SelectedSeries>> select_mounted(const model::SelectRequest& request, const model::ReadContext& context,
                                                     telemetry::Reservation& held) const;
  template <class Visit>
  Result<void> each_label_set(const model::SelectRequest& request, const model::ReadContext& context, Visit visit) const;

  model::SeriesReader& own_;
  std::vector<std::shared_ptr<const BlockReader>> blocks_;
  std::string tenant_;
};

}  // namespace isobar::tsdb::prometheus
