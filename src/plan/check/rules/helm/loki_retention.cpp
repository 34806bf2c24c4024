// A retention that nobody carries out: Loki deletes by its compactor only.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/helm/rules.h"

namespace isobar::plan::rules::values {
void loki_retention(const helm::Values& values, const Ledger&, Findings& findings) {
  constexpr std::string_view kPeriod = "loki.limits_config.retention_period";
  if (values.chart != "loki" || values.at("loki.config") != nullptr ||
      values.at("loki.structuredConfig.compactor.retention_enabled") != nullptr)
    return;
  const std::string period = values.text(kPeriod);
  if (period.empty() || period.starts_with('0') || values.says("loki.compactor.retention_enabled", "true")) return;
  if (values.at("tableManager.retention_deletes_enabled") != nullptr) return;
  report(findings, "loki_retention", Severity::kError, values.place(kPeriod), fmt::format("{}: {}", kPeriod, period),
         "nothing is deleted: also loki.compactor.retention_enabled: true and delete_request_store",
         "the compactor applies the retention, and only when it is told to; its default is off");
}

}  // namespace isobar::plan::rules::values
