#include "import_blocks.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/hash.h"
#include "blocks/block_name.h"
#include "follower/metrics_store.h"
#include "ingest/partitioning.h"
#include "ingest_log/record.h"
#include "tsdb/prometheus_block/ulid.h"

namespace isobar::app {
namespace {

namespace prometheus = tsdb::prometheus;

const std::string& key_prefix() {
  static const std::string kPrefix = follower::MetricsStoreOptions{}.prefix;
  return kPrefix;
}

// Tenants may have letters that object keys may not.
std::string markers_of(const std::string& tenant) { return fmt::format("{}/imports/{:016x}/", key_prefix(), hash64(tenant)); }
std::string marker_key(const std::string& tenant, const std::string& ulid) { return markers_of(tenant) + ulid + ".json"; }

std::string cut_record(Timestamp now) {
  ingest_log::RecordHeader header;
  header.kind = ingest_log::RecordKind::kCut;
  header.ingest_time = now;
  std::string record;
  ingest_log::encode_record_header(record, header);
  return record;
}

std::string last_part(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  const std::string trimmed = path.substr(0, end == std::string::npos ? 0 : end + 1);
  return trimmed.substr(trimmed.find_last_of('/') + 1);
}

CoveredBlock covers(const prometheus::BlockMeta& meta) { return {meta.ulid, {static_cast<std::int64_t>(meta.resolution_ms)}, meta.sources}; }

// A damaged meta.json is reported under the name of its folder when the block is opened.
Result<FoundBlock> found_at(sys::FileSystem& files, const std::string& directory) {
  TRY(const bool marked, files.exists(directory + "/deletion-mark.json"));
  FoundBlock found{{last_part(directory), {}, {}}, directory, marked, &files};
  const auto text = sys::read_file(files, directory + "/meta.json");
  if (!text) return found;
  if (const auto meta = prometheus::parse_block_meta(*text)) found.covers = covers(*meta);
  return found;
}

// The newest samples of a running Prometheus are not in blocks.
Result<void> note_wal(sys::FileSystem& files, const std::string& directory, FoundBlocks& found) {
  TRY(const bool there, files.exists(directory + "/wal"));
  if (!there) return {};
  found.notes.push_back(fmt::format("{}/wal holds samples of the last two to three hours that are in no block yet; a snapshot "
                                    "of the running Prometheus has them: docs/howto/migrate_from_prometheus.md", directory));
  return {};
}

}  // namespace

Result<void> find_blocks(sys::FileSystem& files, const std::string& directory, FoundBlocks& found) {
  const std::size_t before = found.blocks.size();
  TRY(const bool single, files.exists(directory + "/meta.json"));
  if (single) {
    TRY(FoundBlock block, found_at(files, directory));
    found.blocks.push_back(std::move(block));
  } else {
    TRY(const std::vector<std::string> names, files.list(directory));
    for (const std::string& name : names) {
      if (!prometheus::is_ulid(name)) continue;
      TRY(FoundBlock block, found_at(files, directory + "/" + name));
      found.blocks.push_back(std::move(block));
    }
    TRYV(note_wal(files, directory, found));
  }
  if (found.blocks.size() == before) {
    return fail(Code::kInvalid, fmt::format("no block in {}: name a folder of blocks (26 letters and digits each, with meta.json "
                                            "inside) or a block itself; in a bucket of Mimir, the tenant's folder", directory));
  }
  std::sort(found.blocks.begin(), found.blocks.end(), [](const FoundBlock& a, const FoundBlock& b) {
    return std::tie(a.covers.resolution, a.covers.ulid) < std::tie(b.covers.resolution, b.covers.ulid);
  });
  found.blocks.erase(std::unique(found.blocks.begin(), found.blocks.end(), [](const FoundBlock& a, const FoundBlock& b) { return a.ulid() == b.ulid(); }),
                     found.blocks.end());
  return {};
}

bool is_imported(object_store::ObjectStore& objects, const std::string& tenant, const std::string& ulid) {
  return objects.get(marker_key(tenant, ulid)).has_value();
}

Result<ImportCoverage> imported_before(object_store::ObjectStore& objects, const std::string& tenant) {
  ImportCoverage coverage;
  TRY(const auto markers, objects.list(markers_of(tenant)));
  for (const object_store::ObjectInfo& marker : markers) {
    TRY(const object_store::Object object, objects.get(marker.key));
    auto block = decode_marker(object.bytes);
    if (!block) return fail(std::move(block).error().with_context(marker.key));
    coverage.add(*block);
  }
  return coverage;
}

BlockImport::BlockImport(Storage& storage, std::string tenant)
    : storage_(storage), tenant_(std::move(tenant)), prefix_(key_prefix()), manifest_(storage.objects(), prefix_ + "/manifest.json", storage.log().epoch()) {}

Result<std::unique_ptr<BlockImport>> BlockImport::open(Storage& storage, std::string tenant) {
  std::unique_ptr<BlockImport> import(new BlockImport(storage, std::move(tenant)));
  TRYV(import->manifest_.open({}));  // the store has created it
  return import;
}

// The log orders blocks, so what is imported gets a place in it: cuts, which change nothing where nothing waits. The
// range between the second and the third is used. A generation may end at any cut that finds samples, which is the first
// of ours or one behind the last, so no other block has the same begin or end.
Result<BlockImport::Place> BlockImport::reserve_place() {
  std::vector<blocks::Position> ends;
  for (int cut = 0; cut < 3; ++cut) {
    const ingest_log::Append append{{0}, cut_record(storage_.clock().now())};
    TRYV(storage_.log().append({&append, 1}));
    ends.push_back(storage_.log().end());
  }
  return Place{ends[0], ends[1]};
}

blocks::BlockEntry BlockImport::entry_of(const prometheus::ConvertedBlock& converted, const Place& place, const prometheus::BlockReader& block) const {
  blocks::BlockEntry entry;
  entry.id = blocks::format_block_name({{converted.partition}, place.first, place.end, converted.bucket, block.meta().ulid, block.resolution()});
  entry.resolution = block.resolution();
  entry.key = blocks::block_key(prefix_, entry.id, storage_.log().epoch());
  entry.partition.value = converted.partition;
  entry.first = place.first;
  entry.end = place.end;
  entry.min_time = converted.summary.min_time;
  entry.max_time = converted.summary.max_time;
  entry.series = converted.summary.series;
  entry.samples = converted.summary.samples;
  entry.size_bytes = converted.size_bytes;
  return entry;
}

Result<ImportedBlock> BlockImport::take_over(const prometheus::BlockReader& block) {
  TRY(const Place place, reserve_place());
  prometheus::ConversionTarget target;
  target.tenant = tenant_;
  target.partition_of = [this](const model::Labels& labels) {
    return ingest::partition_of(tenant_, labels.get("job"), labels.get("instance"), labels.get(model::kMetricName),
                                storage_.metrics().partition_count()).value;
  };
  target.create = [&](std::uint32_t partition, std::int64_t bucket) {
    return storage_.objects().create(entry_of({partition, bucket, {}, 0}, place, block).key);
  };
  ImportedBlock imported;
  TRY(const auto converted, prometheus::convert_block(block, target, imported.counts));
  std::vector<blocks::BlockEntry> entries;
  for (const prometheus::ConvertedBlock& one : converted) {
    entries.push_back(entry_of(one, place, block));
    imported.size_bytes += one.size_bytes;
  }
  imported.blocks = entries.size();
  if (!entries.empty()) {
    TRYV(manifest_.update([&](blocks::Manifest& m) -> Result<void> {
      m.blocks.insert(m.blocks.end(), entries.begin(), entries.end());
      return {};
    }));
  }
  TRYV(mark(block.meta(), entries));
  return imported;
}

// Outlives the blocks, which compaction and retention replace and remove.
Result<void> BlockImport::mark(const prometheus::BlockMeta& meta, const std::vector<blocks::BlockEntry>& entries) {
  std::vector<std::string> ours;
  for (const blocks::BlockEntry& entry : entries) ours.push_back(entry.id);
  const std::string text = encode_marker(covers(meta), tenant_, meta.min_time, meta.end_time, ours);
  TRYV(storage_.objects().put(marker_key(tenant_, meta.ulid), text));
  return {};
}

}  // namespace isobar::app
