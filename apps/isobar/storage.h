// The data half of the server: directory lock, clock, ingest log, object store, shards, metrics store, ingester, and the
// thread that cuts and flushes. Everything else of the server stands on it.
#pragma once

#include <atomic>
#include <memory>

#include "api/prometheus/tsdb_admin_api.h"
#include "follower/metrics_store.h"
#include "ingest/ingester.h"
#include "backend.h"
#include "settings.h"
#include "sys/posix/posix_file_system.h"
#include "sys/posix/system_clock.h"
#include "sys/worker.h"

namespace isobar::app {

class Storage {
 public:
  // kUnavailable: another process has the directory, or the disk fails. kCorrupt: acknowledged data is damaged.
  static Result<std::unique_ptr<Storage>> open(const ServeSettings& settings, telemetry::Registry& metrics);
  ~Storage();

  // Starts the background thread.
  void start();
  // Ends it and writes what is in memory as blocks; after a failure everything is still in the log.
  void stop();

  // Until it is called nothing is removed by age or size: a rule may keep what the default does not.
  void set_retention_rules(std::vector<follower::RetentionRule> rules);
  api::TsdbAdmin& admin();

  const sys::Clock& clock() const { return clock_; }
  follower::MetricsStore& metrics() { return *store_; }
  ingest::Ingester& ingester() { return *ingester_; }
  const limits::LimitsTable& limits() const { return limits_; }
  ingest::Preparation& preparation() { return preparation_; }
  ingest_log::IngestLog& log() { return backend_->log(); }
  object_store::ObjectStore& objects() { return backend_->objects(); }
  const Backend& backend() const { return *backend_; }
  telemetry::MemoryBudget& head_budget() { return head_budget_; }

 private:
  Storage(const ServeSettings& settings, telemetry::Registry& metrics);
  Result<void> load(telemetry::Registry& metrics);
  static std::uint64_t expected_log_identity(object_store::ObjectStore& objects);
  void expose(telemetry::Registry& metrics);
  void compact();
  void retain();

  class Census;
  class Admin;
  const ServeSettings& settings_;
  sys::SystemClock clock_;
  sys::PosixFileSystem files_;
  telemetry::MemoryBudget head_budget_;
  limits::LimitsTable limits_;
  ingest::Preparation preparation_;
  std::unique_ptr<sys::DirectoryLock> lock_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<sys::Shards> shards_;
  std::unique_ptr<follower::MetricsStore> store_;
  std::unique_ptr<Census> census_;
  std::unique_ptr<Admin> admin_;
  std::atomic<bool> retaining_{false};
  bool looked_for_left_blocks_ = false;  // the compaction worker's
  std::unique_ptr<ingest::Ingester> ingester_;
  std::unique_ptr<sys::Worker> maintenance_;
  std::unique_ptr<sys::Worker> compaction_;
};

}  // namespace isobar::app
