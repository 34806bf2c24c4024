// Where log and blocks live: on the disk of this machine, or in a bucket with at most a cache on disk. Both are one ingest log
// and one object store to all that stands on them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "follower/metrics_store.h"
#include "ingest_log/ingest_log.h"
#include "object_store/object_store.h"
#include "settings.h"
#include "sys/clock.h"
#include "sys/file_system.h"
#include "telemetry/metrics.h"

namespace isobar::app {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual object_store::ObjectStore& objects() = 0;
  virtual ingest_log::IngestLog& log() = 0;
  // Whether blocks are near enough to be opened at the start.
  virtual bool is_near() const = 0;
  // A round of its own work.
  virtual void maintain() {}
  virtual std::vector<follower::Degradation> degraded() const { return {}; }
  // Whether another process has taken the data over: this one cannot write any more, and what it reads grows old.
  virtual bool replaced() const { return false; }
  // Once, when it is there to stay.
  virtual void expose(telemetry::Registry& metrics) = 0;
};

// The identity that a log with nothing in it yet should have, given the objects that are there.
using LogIdentity = std::function<std::uint64_t(object_store::ObjectStore& objects)>;

Result<std::unique_ptr<Backend>> open_local_backend(const ServeSettings& settings, sys::FileSystem& files, const LogIdentity& identity,
                                                    telemetry::Registry& metrics);
// kUnavailable: the bucket cannot be reached or may not be used now. kInvalid: what --storage.bucket says.
Result<std::unique_ptr<Backend>> open_bucket_backend(const ServeSettings& settings, sys::FileSystem& files, const sys::Clock& clock,
                                                     const LogIdentity& identity, telemetry::Registry& metrics);

}  // namespace isobar::app
