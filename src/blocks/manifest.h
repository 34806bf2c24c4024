// The manifest: one JSON document per signal in the object store that names every block and, per partition, the
// watermark: the position up to which the log is in blocks. Publishing blocks and moving a watermark is one
// compare-and-swap. Format: docs/formats/manifest.md.
//
// ManifestStore is thread-safe; it keeps the last version it saw.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "blocks/tombstones.h"
#include "model/position.h"
#include "object_store/object_store.h"

namespace isobar::blocks {

using model::PartitionId;
using model::Position;

struct BlockEntry {
  std::string id;  // unique; sorts by creation
  std::string key;  // in the object store
  PartitionId partition;
  Position first;  // the log positions [first, end) that it holds; orders blocks of a partition
  Position end;
  Timestamp min_time;  // of samples, both inclusive
  Timestamp max_time;
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::uint64_t size_bytes = 0;
  Position deletes_through;  // deletes up to here, inclusive, are applied or touch nothing here
  Duration resolution{};     // of a downsampled block; zero: it holds every sample

  // Whether the delete that stands at `position` has yet to be applied.
  bool meant_by(Position position) const { return position >= end && position > deletes_through; }
};

struct Manifest {
  std::uint64_t version = 0;
  std::uint64_t log_identity = 0;      // positions mean nothing in another log
  std::uint64_t epoch = 0;             // of the process that may change it (IngestLog::epoch)
  std::vector<Position> watermarks;    // by partition; its size is the partition count, fixed for ever
  std::vector<BlockEntry> blocks;      // by partition, then first, then min_time
  Tombstones tombstones;               // that some block needs
};

// The order of Manifest::blocks.
void sort_blocks(Manifest& manifest);
std::string encode_manifest(const Manifest& manifest);
Result<Manifest> decode_manifest(std::string_view json);

class ManifestStore {
 public:
  ManifestStore(object_store::ObjectStore& store, std::string key, std::uint64_t epoch = 0)
      : store_(store), key_(std::move(key)), epoch_(epoch) {}

  // Reads the manifest and tries to make sure that it is durable, or creates the first one from `initial`. With an epoch it
  // is this process's from then on, or there is an error; whoever had it before cannot change it any more.
  Result<Manifest> open(const Manifest& initial);
  // Whether what current() gives is durable. Before nothing may be removed by it.
  bool settled();
  // The newest version known.
  Manifest current();
  // Applies `change` to the newest version and writes it; after a lost race it reads again and repeats. `change` may
  // refuse (for example because a watermark moved on) by returning an error, which is passed on; what it saw is durable.
  Result<Manifest> update(const std::function<Result<void>(Manifest&)>& change);

 private:
  Result<void> load();
  Result<void> claim();
  // Writes `next` over the version known.
  Result<void> replace(Manifest next);

  object_store::ObjectStore& store_;
  std::string key_;
  const std::uint64_t epoch_;
  std::mutex mutex_;
  Manifest current_;
  std::string etag_;
  bool unsettled_ = false;  // a put failed: what is read now may be gone after a crash
};

}  // namespace isobar::blocks
