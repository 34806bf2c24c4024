// api::StatusSource from the real parts: what the status endpoints tell about this process.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "api/server_status.h"
#include "settings.h"
#include "storage.h"

namespace isobar::app {

class ProcessStatus final : public api::StatusSource {
 public:
  ProcessStatus(const ServeSettings& settings, Storage& storage, std::vector<telemetry::MemoryBudget*> budgets);

  api::BuildInfo build() const override;
  api::RuntimeInfo runtime() const override;
  std::string profile() const override { return settings_.profile; }
  std::string config_text() const override;
  std::vector<std::pair<std::string, std::string>> flags() const override;
  api::Targets targets() const override;
  api::HeadStatus head() const override;
  bool ready() const override { return ready_.load() && !replaced(); }
  bool replaced() const override { return storage_.backend().replaced(); }
  std::vector<api::DegradedPart> degraded() const override;
  std::vector<api::BudgetStatus> budgets() const override;
  api::HostIdentity host() const override { return host_; }
  model::Labels external_labels() const override;

  void set_ready(bool ready) { ready_ = ready; }
  void set_host(api::HostIdentity host) { host_ = std::move(host); }
  void set_targets(std::function<api::Targets()> targets) { targets_ = std::move(targets); }
  void set_discovery_errors(std::function<std::vector<std::string>()> errors) { discovery_errors_ = std::move(errors); }
  // Blocks that were to be mounted and cannot be read; before anything is served.
  void set_mount_faults(std::vector<std::string> faults) { mount_faults_ = std::move(faults); }
  // After a (re)load: what is in force, or why the newest file is not.
  void set_config(std::string text, model::Labels external_labels);
  void set_config_failure(std::string reason);

 private:
  const ServeSettings& settings_;
  Storage& storage_;
  std::vector<telemetry::MemoryBudget*> budgets_;
  Timestamp started_;
  std::atomic<bool> ready_{false};
  api::HostIdentity host_;
  std::function<api::Targets()> targets_;
  std::function<std::vector<std::string>()> discovery_errors_;
  std::vector<std::string> mount_faults_;
  mutable std::mutex mutex_;
  std::string config_text_;
  std::string config_failure_;
  Timestamp config_time_;
  Timestamp config_failed_at_;
  model::Labels external_labels_;
};

}  // namespace isobar::app
