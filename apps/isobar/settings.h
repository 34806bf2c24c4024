// Everything that `isobar serve` can be told on its command line, with defaults. Profiles change defaults only; one
// code path serves all of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "limits/tenant_limits.h"
#include "model/tenant.h"

namespace isobar::app {

struct ServeSettings {
  std::string profile = "local";
  std::string data_dir = "./data";
  std::string listen = "127.0.0.1:9009";
  std::string config_file;
  std::string plan_ledger;
  std::string log_level = "info";

  std::uint64_t head_bytes = 1ULL << 30;
  std::uint64_t query_bytes = 256ULL << 20;
  std::uint64_t queries_bytes = 1ULL << 30;
  std::uint64_t bodies_bytes = 256ULL << 20;

  std::string bucket;  // s3://…; empty: log and blocks on the disk
  std::uint64_t cache_bytes = 10ULL << 30;
  Duration log_window = Duration::millis(250);

  std::uint64_t partitions = 4;
  std::uint64_t segment_bytes = 32ULL << 20;
  std::uint64_t flush_bytes = 128ULL << 20;
  std::uint64_t flush_samples = 6'000'000;
  Duration flush_age = Duration::hours(2);
  Duration retention;  // zero: everything is kept
  std::uint64_t retention_bytes = 0;  // zero: no limit
  bool no_downsampling = false;
  std::optional<Duration> retention_5m;  // of downsampled blocks; unset: none are made
  std::optional<Duration> retention_1h;  // unset: as long as every sample
  bool admin_api = false;
  std::string mount_dir;
  std::string mount_tenant{model::kDefaultTenant};

  Duration query_timeout = Duration::minutes(2);
  Duration lookback_delta = Duration::minutes(5);
  std::uint64_t query_concurrency = 0;  // 0: twice the cores
  std::uint64_t query_max_samples = 50'000'000;
  std::string features;  // names, comma-separated
  std::uint64_t max_connections = 1024;
  Duration host_interval = Duration::seconds(5);
  bool no_host_metrics = false;
  limits::TenantLimits limits;

  std::map<std::string, std::string> flag_values;
};

}  // namespace isobar::app
