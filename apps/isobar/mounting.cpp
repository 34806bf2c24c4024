#include "mounting.h"

#include "import_blocks.h"
#include "sys/posix/posix_file_system.h"
#include "telemetry/log.h"

namespace isobar::app {

Mounting mount_blocks(model::SeriesReader& own, const std::string& directory, const std::string& tenant) {
  Mounting mounting;
  const auto fault = [&mounting](const Error& error) {
    telemetry::log_error("a block cannot be mounted and is left out", {{"error", error.message}});
    mounting.faults.push_back(error.message);
  };
  sys::PosixFileSystem files;
  FoundBlocks found;
  if (const Result<void> looked = find_blocks(files, directory, found); !looked) fault(looked.error());
  std::vector<std::shared_ptr<const tsdb::prometheus::BlockReader>> blocks;
  for (const FoundBlock& one : found.blocks) {
    if (one.deletion_marked) continue;
    auto block = tsdb::prometheus::BlockReader::open(files, one.directory);
    if (block) blocks.push_back(*std::move(block));
    else fault(block.error());
  }
  mounting.blocks = blocks.size();
  telemetry::log_info("blocks mounted", {{"directory", directory}, {"blocks", std::to_string(blocks.size())}});
  mounting.reader = std::make_unique<tsdb::prometheus::MountedBlocks>(own, std::move(blocks), tenant);
  return mounting;
}

}  // namespace isobar::app
