// What endpoints tell about the process. Plain values and one interface; wiring implements it from the real parts.
// Unknown values stay at their defaults and are answered as such.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/labels.h"

namespace isobar::api {

struct BuildInfo {
  std::string version;
  std::string revision;
  std::string branch;
  std::string build_user;
  std::string build_date;
  std::string compiler;  // answered as goVersion, which clients require
};

struct RuntimeInfo {
  Timestamp start_time;
  std::string working_directory;
  std::string hostname;
  bool reload_succeeded = true;
  Timestamp last_config_time;
  std::uint64_t corruptions = 0;
  std::uint64_t threads = 0;
  std::uint64_t cpus = 0;
  std::uint64_t memory_limit_bytes = 0;
  std::string retention;  // "15d"
};

struct TargetStatus {
  model::Labels discovered_labels;
  model::Labels labels;
  std::string scrape_pool;
  std::string scrape_url;
  std::string global_url;
  std::string last_error;
  std::optional<Timestamp> last_scrape;
  double last_scrape_seconds = 0;
  std::string health = "unknown";  // up, down, unknown
  Duration scrape_interval{0};
  Duration scrape_timeout{0};
};
struct DroppedTargetStatus {
  model::Labels discovered_labels;
  std::string scrape_pool;
};
struct Targets {
  std::vector<TargetStatus> active;
  std::vector<DroppedTargetStatus> dropped;
  std::map<std::string, std::uint64_t> dropped_counts;  // by scrape pool; may exceed what `dropped` keeps
};

struct HeadStatus {
  std::uint64_t chunks = 0;
  Timestamp min_time;
  Timestamp max_time;
};

// Something is missing, and the process serves without it.
struct DegradedPart {
  std::string component;
  std::string reason;
  std::string action;  // what an operator can do
  Timestamp since;
};

struct BudgetStatus {
  std::string name;
  std::uint64_t used_bytes = 0;
  std::uint64_t limit_bytes = 0;  // 0: none
};

// The labels under which this host's own metrics are stored; empty if it collects none.
struct HostIdentity {
  std::string instance;
  std::string job;
};

// Thread-safe; called on the "api" pool for each request that asks.
class StatusSource {
 public:
  virtual ~StatusSource() = default;
  virtual BuildInfo build() const = 0;
  virtual RuntimeInfo runtime() const = 0;
  virtual std::string profile() const { return {}; }
  virtual std::string config_text() const { return {}; }
  virtual std::vector<std::pair<std::string, std::string>> flags() const { return {}; }
  virtual Targets targets() const { return {}; }
  virtual HeadStatus head() const { return {}; }
  // False until queries and writes can be served; then true, also while parts are degraded.
  virtual bool ready() const = 0;
  // Another process has taken the data over.
  virtual bool replaced() const { return false; }
  virtual std::vector<DegradedPart> degraded() const { return {}; }
  virtual std::vector<BudgetStatus> budgets() const { return {}; }
  virtual HostIdentity host() const { return {}; }
  virtual model::Labels external_labels() const { return {}; }
};

}  // namespace isobar::api
