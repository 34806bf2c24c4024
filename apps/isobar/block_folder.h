// Where blocks of others lie: a folder on the disk, or a bucket. Read only.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sys/file_system.h"

namespace isobar::app {

class BlockFolder {
 public:
  virtual ~BlockFolder() = default;
  virtual sys::FileSystem& files() = 0;
  // What a path within files() begins with.
  virtual std::string path() const = 0;
};

// `place`: a path, or s3://bucket/prefix?region=…. `cache_directory` holds what is fetched of a bucket. kInvalid: the text;
// kUnavailable: the bucket cannot be reached.
Result<std::unique_ptr<BlockFolder>> open_block_folder(const std::string& place, const std::string& cache_directory);

}  // namespace isobar::app
