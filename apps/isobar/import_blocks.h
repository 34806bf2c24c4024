// Finds blocks of Prometheus, Mimir or Thanos and takes them over into a data directory: ours are written first, then
// published in one replacement of the manifest, then a marker says that the ULID is done. Interrupted at any point, it
// may be repeated. The directory is ours alone while Storage is open. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "blocks/manifest.h"
#include "import_coverage.h"
#include "storage.h"
#include "tsdb/prometheus_block/conversion.h"

namespace isobar::app {

struct FoundBlock {
  CoveredBlock covers;  // as far as meta.json can be read
  std::string directory;
  bool deletion_marked = false;  // a compacted block has its samples
  sys::FileSystem* files = nullptr;  // where the directory is

  const std::string& ulid() const { return covers.ulid; }
};

struct FoundBlocks {
  std::vector<FoundBlock> blocks;  // each once, finer resolutions first, then by ULID
  std::vector<std::string> notes;  // what lies beside them and is not read
};

// `directory`: one block, or a folder of blocks. kInvalid if there is none.
Result<void> find_blocks(sys::FileSystem& files, const std::string& directory, FoundBlocks& found);

// Says whether a tenant has taken over a block before; nothing is written.
bool is_imported(object_store::ObjectStore& objects, const std::string& tenant, const std::string& ulid);
// What a tenant has taken over before.
Result<ImportCoverage> imported_before(object_store::ObjectStore& objects, const std::string& tenant);

struct ImportedBlock {
  std::size_t blocks = 0;  // of ours
  std::uint64_t size_bytes = 0;
  tsdb::prometheus::ConversionCounts counts;
};

class BlockImport {
 public:
  static Result<std::unique_ptr<BlockImport>> open(Storage& storage, std::string tenant);
  // The caller has asked is_imported().
  Result<ImportedBlock> take_over(const tsdb::prometheus::BlockReader& block);

 private:
  // Positions [first, end) of the log that no record of samples has and no other block begins or ends with.
  struct Place {
    blocks::Position first;
    blocks::Position end;
  };
  BlockImport(Storage& storage, std::string tenant);
  Result<Place> reserve_place();
  blocks::BlockEntry entry_of(const tsdb::prometheus::ConvertedBlock& converted, const Place& place, const tsdb::prometheus::BlockReader& block) const;
  Result<void> mark(const tsdb::prometheus::BlockMeta& meta, const std::vector<blocks::BlockEntry>& entries);

  Storage& storage_;
  std::string tenant_;
  std::string prefix_;
  blocks::ManifestStore manifest_;
};

}  // namespace isobar::app
