#include "process_status.h"

#include <thread>
#include <unistd.h>

#include "base/duration_text.h"
#include "flags.h"
#include "version.h"

namespace isobar::app {

ProcessStatus::ProcessStatus(const ServeSettings& settings, Storage& storage,
                             std::vector<telemetry::MemoryBudget*> budgets)
    : settings_(settings), storage_(storage), budgets_(std::move(budgets)), started_(storage.clock().now()) {
  config_time_ = started_;
}

api::BuildInfo ProcessStatus::build() const {
  api::BuildInfo info;
  info.version = kVersion;
  info.revision = kRevision;
  info.compiler = "g++ " __VERSION__;
  return info;
}

api::RuntimeInfo ProcessStatus::runtime() const {
  api::RuntimeInfo info;
  info.start_time = started_;
  char buffer[4096];
  if (::getcwd(buffer, sizeof(buffer)) != nullptr) info.working_directory = buffer;
  if (::gethostname(buffer, sizeof(buffer)) == 0) info.hostname = buffer;
  if (settings_.retention.ms != 0) info.retention = format_duration(settings_.retention);
  if (settings_.retention_bytes != 0) info.retention += (info.retention.empty() ? "" : " or ") + format_bytes(settings_.retention_bytes);
  info.cpus = std::thread::hardware_concurrency();
  const std::lock_guard lock(mutex_);
  info.reload_succeeded = config_failure_.empty();
  info.last_config_time = config_time_;
  return info;
}

std::string ProcessStatus::config_text() const {
  const std::lock_guard lock(mutex_);
  return config_text_;
}

model::Labels ProcessStatus::external_labels() const {
  const std::lock_guard lock(mutex_);
  return external_labels_;
}

std::vector<std::pair<std::string, std::string>> ProcessStatus::flags() const {
  return {settings_.flag_values.begin(), settings_.flag_values.end()};
}

api::Targets ProcessStatus::targets() const { return targets_ ? targets_() : api::Targets{}; }

api::HeadStatus ProcessStatus::head() const {
  const follower::StoreStats stats = storage_.metrics().stats();
  api::HeadStatus head;
  head.chunks = stats.head_samples / 120;
  head.min_time = stats.head_series > 0 ? stats.head_min_time : storage_.clock().now();
  head.max_time = stats.head_series > 0 ? stats.head_max_time : storage_.clock().now();
  return head;
}

std::vector<api::DegradedPart> ProcessStatus::degraded() const {
  std::vector<api::DegradedPart> parts;
  for (const follower::Degradation& d : storage_.metrics().degraded()) {
    parts.push_back({d.component, d.reason, d.action, d.since});
  }
  for (const follower::Degradation& d : storage_.backend().degraded()) parts.push_back({d.component, d.reason, d.action, d.since});
  for (const std::string& fault : mount_faults_) {
    parts.push_back({"mounted blocks", fault, "repair or remove the block and start again; queries do without it", started_});
  }
  for (std::string& failure : discovery_errors_ ? discovery_errors_() : std::vector<std::string>{}) {
    parts.push_back({"discovery", std::move(failure), "targets found before stay; check the source", storage_.clock().now()});
  }
  const std::lock_guard lock(mutex_);
  if (!config_failure_.empty()) {
    parts.push_back({"configuration", config_failure_, "isobar check config " + settings_.config_file, config_failed_at_});
  }
  return parts;
}

std::vector<api::BudgetStatus> ProcessStatus::budgets() const {
  std::vector<api::BudgetStatus> out;
  for (const telemetry::MemoryBudget* budget : budgets_) {
    out.push_back({budget->name(), budget->used_bytes(), budget->limit_bytes()});
  }
  return out;
}

void ProcessStatus::set_config(std::string text, model::Labels external_labels) {
  const std::lock_guard lock(mutex_);
  config_text_ = std::move(text);
  external_labels_ = std::move(external_labels);
  config_failure_.clear();
  config_time_ = storage_.clock().now();
}

void ProcessStatus::set_config_failure(std::string reason) {
  const std::lock_guard lock(mutex_);
  config_failure_ = std::move(reason);
  config_failed_at_ = storage_.clock().now();
}

}  // namespace isobar::app
