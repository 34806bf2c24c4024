#include "block_audit.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "blocks/block_name.h"
#include "tsdb/block_reader.h"
#include "tsdb/generation_blocks.h"

namespace isobar::sim {
namespace {

using blocks::BlockEntry;

std::string blame(const BlockEntry& entry, const std::string& what) { return fmt::format("block {} {}", entry.id, what); }

// What was counted in a block.
struct Inside {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::int64_t min_time = INT64_MAX;
  std::int64_t max_time = INT64_MIN;
};

std::string count_series(const BlockEntry& entry, const model::Labels& labels, const model::SampleColumns& samples, Inside& inside) {
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (samples.timestamps[i] <= samples.timestamps[i - 1]) {
      return blame(entry, fmt::format("holds {} at {} twice or out of order", labels.to_string(), samples.timestamps[i]));
    }
  }
  inside.series += samples.size() != 0 ? 1U : 0U;
  inside.samples += samples.size();
  if (samples.size() == 0) return {};
  inside.min_time = std::min(inside.min_time, samples.timestamps.front());
  inside.max_time = std::max(inside.max_time, samples.timestamps.back());
  return {};
}

std::string compare(const BlockEntry& entry, const Inside& inside) {
  if (inside.samples != entry.samples || inside.series != entry.series) {
    return blame(entry, fmt::format("holds {} samples of {} series, the manifest says {} of {}", inside.samples, inside.series,
                                    entry.samples, entry.series));
  }
  if (inside.samples == 0) return {};
  if (inside.min_time != entry.min_time.ms || inside.max_time != entry.max_time.ms) {
    return blame(entry, fmt::format("holds samples from {} to {}, the manifest says {} to {}", inside.min_time, inside.max_time,
                                    entry.min_time.ms, entry.max_time.ms));
  }
  if (tsdb::bucket_of(inside.min_time) != tsdb::bucket_of(inside.max_time)) return blame(entry, "holds samples of two days");
  return {};
}

std::string audit_tenant(const BlockEntry& entry, const tsdb::BlockReader& reader, const std::string& tenant, const SeriesVisit& visit,
                         Inside& inside) {
  model::Labels before;
  for (std::uint32_t i = 0; i < reader.series_count(tenant); ++i) {
    const auto series = reader.series_at(tenant, i);
    model::SampleColumns samples;
    if (!series || !series->run->read(Timestamp::min(), Timestamp::max(), samples)) return blame(entry, "has a damaged series");
    if (i > 0 && !(before < series->labels)) return blame(entry, "has a series twice or out of order");
    before = series->labels;
    if (std::string fault = count_series(entry, series->labels, samples, inside); !fault.empty()) return fault;
    if (!visit) continue;
    if (std::string fault = visit(entry, tenant, series->labels, samples); !fault.empty()) return fault;
  }
  return {};
}

std::string audit_block(MetricsNode& node, const BlockEntry& entry, const SeriesVisit& visit) {
  auto file = node.objects().map(entry.key);
  if (!file) return blame(entry, "cannot be mapped: " + file.error().message);
  if ((*file)->bytes().size() != entry.size_bytes) return blame(entry, "has another size than the manifest says");
  const auto reader = tsdb::BlockReader::open(entry.key, *std::move(file));
  if (!reader) return blame(entry, "cannot be opened: " + reader.error().message);
  if (!(*reader)->verify()) return blame(entry, "fails its checksums");
  Inside inside;
  for (const std::string& tenant : (*reader)->tenants()) {
    if (std::string fault = audit_tenant(entry, **reader, tenant, visit, inside); !fault.empty()) return fault;
  }
  return compare(entry, inside);
}

// Blocks of one partition, day and resolution must hold disjoint positions: of two that overlap one would count what the
// other counts.
std::string audit_positions(std::vector<BlockEntry> entries) {
  const auto order = [](const BlockEntry& e) { return std::tuple(e.partition, tsdb::bucket_of(e.min_time.ms), e.resolution, e.first, e.id); };
  std::sort(entries.begin(), entries.end(), [&](const BlockEntry& a, const BlockEntry& b) { return order(a) < order(b); });
  std::set<std::string> ids;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const BlockEntry& entry = entries[i];
    if (!ids.insert(entry.id).second) return blame(entry, "is listed twice");
    if (entry.first >= entry.end) return blame(entry, "holds no positions");
    if (i == 0) continue;
    const BlockEntry& before = entries[i - 1];
    const bool neighbours = before.partition == entry.partition && before.resolution == entry.resolution &&
                            tsdb::bucket_of(before.min_time.ms) == tsdb::bucket_of(entry.min_time.ms);
    if (neighbours && before.end > entry.first) return blame(entry, "holds positions that block " + before.id + " holds too");
  }
  return {};
}

}  // namespace

std::string audit_blocks(MetricsNode& node, const SeriesVisit& visit) {
  const std::vector<BlockEntry> entries = node.store().block_entries();
  if (std::string fault = audit_positions(entries); !fault.empty()) return fault;
  for (const BlockEntry& entry : entries) {
    if (std::string fault = audit_block(node, entry, visit); !fault.empty()) return fault;
  }
  return {};
}

std::string audit_objects(MetricsNode& node) {
  const auto objects = node.objects().list("metrics/blocks/");
  if (!objects) return "blocks cannot be listed: " + objects.error().message;
  std::set<std::string> there;
  for (const object_store::ObjectInfo& object : *objects) there.insert(object.key);
  for (const BlockEntry& entry : node.store().block_entries()) {
    if (there.erase(entry.key) == 0) return blame(entry, "is listed, but there is no object");
  }
  // What a process that was replaced had sent may arrive after the start; the next one removes it.
  std::erase_if(there, [&](const std::string& key) { return blocks::epoch_of_block_key("metrics", key) < node.log().epoch(); });
  if (!there.empty()) return "an object that no manifest names is left: " + *there.begin();
  return {};
}

}  // namespace isobar::sim
