// Per-tenant limits. Every refusal names the setting here as the command line spells it. 0 means no limit.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace isobar::limits {

struct TenantLimits {
  std::uint64_t max_label_names = 64;                // --limits.max-label-names
  std::uint64_t max_label_name_bytes = 1024;         // --limits.max-label-name-bytes
  std::uint64_t max_label_value_bytes = 8192;        // --limits.max-label-value-bytes
  std::uint64_t max_series = 2'000'000;              // --limits.max-series: in the head
  std::uint64_t max_samples_per_second = 0;          // --limits.max-samples-per-second; burst: ten seconds' worth
  std::uint64_t max_body_bytes = 32ULL << 20;        // --limits.max-body-bytes: after decompression
  std::uint64_t max_future_seconds = 600;            // --limits.max-future-seconds: of sample timestamps
  // --limits.max-past-seconds: of sample timestamps. A flush writes a block for each day that has samples, so a sender of
  // random timestamps must not reach every day since 1970. 31 days.
  std::uint64_t max_past_seconds = 31ULL * 86'400;
};

// Thread-safe.
class LimitsTable {
 public:
  explicit LimitsTable(TenantLimits defaults) : defaults_(defaults) {}
  TenantLimits of(std::string_view tenant) const {
    const std::lock_guard lock(mutex_);
    const auto at = overrides_.find(tenant);
    return at == overrides_.end() ? defaults_ : at->second;
  }
  void set(std::string tenant, TenantLimits limits) {
    const std::lock_guard lock(mutex_);
    overrides_.insert_or_assign(std::move(tenant), limits);
  }

 private:
  TenantLimits defaults_;
  mutable std::mutex mutex_;
  std::map<std::string, TenantLimits, std::less<>> overrides_;
};

}  // namespace isobar::limits
