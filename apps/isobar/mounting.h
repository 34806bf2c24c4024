// The blocks of --storage.mount, which queries read where they lie.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "block_folder.h"

#include "tsdb/prometheus_block/mounted_blocks.h"

namespace isobar::app {

struct Mounting {
  std::unique_ptr<BlockFolder> folder;  // outlives the reader
  std::unique_ptr<tsdb::prometheus::MountedBlocks> reader;
  std::size_t blocks = 0;
  std::vector<std::string> faults;  // what cannot be read; the rest is served
};

// `own` outlives what is returned. Blocks that are marked for deletion are left out.
Mounting mount_blocks(model::SeriesReader& own, const std::string& directory, const std::string& cache_directory, const std::string& tenant);

}  // namespace isobar::app
