#include "tsdb/downsampled_block.h"

#include "tsdb/downsample.h"

namespace isobar::tsdb {

Result<void> write_downsampled(const BlockReader& block, Duration resolution, BlockWriter& writer, const std::function<Result<void>()>& stop) {
  model::SampleColumns samples;
  for (const std::string& tenant : block.tenants()) {
    for (std::uint32_t i = 0; i < block.series_count(tenant); ++i) {
      if (stop) TRYV(stop());
      TRY(const SelectedSeries series, block.series_at(tenant, i));
      samples.clear();
      TRYV(series.run->read(Timestamp::min(), Timestamp::max(), samples));
      writer.add_series(tenant, series.labels, downsample(samples, resolution));
    }
    std::vector<model::Metadata> metadata;
    block.metadata(tenant, "", metadata);
    for (const model::Metadata& m : metadata) writer.add_metadata(tenant, m);
  }
  return {};
}

}  // namespace isobar::tsdb
