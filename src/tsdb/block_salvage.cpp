#include "tsdb/block_salvage.h"

#include <algorithm>
#include <set>

namespace isobar::tsdb {
namespace {

constexpr std::size_t kNames = 5;

void count(BlockSummary& into, std::uint64_t samples, Timestamp min, Timestamp max) {
  ++into.series;
  into.samples += samples;
  into.min_time = std::min(into.min_time, min);
  into.max_time = std::max(into.max_time, max);
}

void salvage_tenant(const BlockReader& block, const std::string& tenant, BlockWriter* writer,
                    BlockDamage& damage) {
  model::Labels before;
  bool first = true;
  model::SampleColumns samples;
  for (std::uint32_t number = 0; number < block.series_count(tenant); ++number) {
    samples.clear();
    BlockReader::LostChunks lost;
    const auto labels = block.read_sound(tenant, number, samples, lost);
    // Out of order, its labels are not what was written.
    if (!labels || !(first || before < *labels)) {
      ++damage.unnamed_series;
      continue;
    }
    if (lost.chunks != 0) {
      damage.chunks += lost.chunks;
      count(damage.lost, lost.samples, lost.min_time, lost.max_time);
      if (samples.size() == 0) ++damage.gone_series;
      if (damage.names.size() < kNames) damage.names.push_back(labels->to_string());
    }
    if (samples.size() == 0) continue;
    first = false;
    before = *labels;
    count(damage.kept, samples.size(), {samples.timestamps.front()}, {samples.timestamps.back()});
    if (writer != nullptr) writer->add_series(tenant, *labels, samples);
  }
}

void copy_extras(const BlockReader& block, const std::string& tenant, BlockWriter& writer) {
  std::vector<model::SeriesExemplars> exemplars;
  (void)block.exemplars(tenant, {}, Timestamp::min(), Timestamp::max(),
                        exemplars);  // without matchers nothing can fail
  for (const model::SeriesExemplars& series : exemplars) writer.add_exemplars(tenant, series);
  std::vector<model::Metadata> metadata;
  block.metadata(tenant, "", metadata);
  for (const model::Metadata& m : metadata) writer.add_metadata(tenant, m);
}

}  // namespace

BlockDamage salvage_block(const BlockReader& block, BlockWriter* writer) {
  BlockDamage damage;
  // A name that stands twice would be read as its first each time.
  std::set<std::string> tenants;
  for (std::string& tenant : block.tenants()) tenants.insert(std::move(tenant));
  for (const std::string& tenant : tenants) {
    salvage_tenant(block, tenant, writer, damage);
    if (writer != nullptr) copy_extras(block, tenant, *writer);
  }
  return damage;
}

}  // namespace isobar::tsdb
