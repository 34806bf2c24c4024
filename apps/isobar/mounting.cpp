#include "mounting.h"

#include "import_blocks.h"
#include "telemetry/log.h"

namespace isobar::app {

Mounting mount_blocks(model::SeriesReader& own, const std::string& directory, const std::string& cache_directory, const std::string& tenant) {
  Mounting mounting;
  const auto fault = [&mounting](const Error& error) {
    telemetry::log_error("a block cannot be mounted and is left out", {{"error", error.message}});
    mounting.faults.push_back(error.message);
  };
  auto folder = open_block_folder(directory, cache_directory);
  FoundBlocks found;
  if (!folder) {
    fault(folder.error());
  } else {
    mounting.folder = *std::move(folder);
    if (const Result<void> looked = find_blocks(mounting.folder->files(), mounting.folder->path(), found); !looked) fault(looked.error());
  }
  std::vector<std::shared_ptr<const tsdb::prometheus::BlockReader>> blocks;
  for (const FoundBlock& one : found.blocks) {
    if (one.deletion_marked) continue;
    auto block = tsdb::prometheus::BlockReader::open(mounting.folder->files(), one.directory);
    if (block) blocks.push_back(*std::move(block));
    else fault(block.error());
  }
  mounting.blocks = blocks.size();
  telemetry::log_info("blocks mounted", {{"directory", mounting.folder ? mounting.folder->path() : ""}, {"blocks", std::to_string(blocks.size())}});
  mounting.reader = std::make_unique<tsdb::prometheus::MountedBlocks>(own, std::move(blocks), tenant);
  return mounting;
}

}  // namespace isobar::app
