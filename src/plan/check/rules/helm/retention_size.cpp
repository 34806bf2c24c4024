// A volume fills before Prometheus deletes anything when retentionSize is not below it.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/rules/helm/rules.h"

namespace isobar::plan::rules::values {
namespace {

// Prometheus means powers of 1024 by KB, MB, GB and TB.
std::optional<std::int64_t> prometheus_bytes(std::string text) {
  if (!text.ends_with('B')) return std::nullopt;
  text.pop_back();
  if (!text.empty() && text.back() != 'i' && std::isalpha(static_cast<unsigned char>(text.back())) != 0) text += 'i';
  return kubernetes::quantity_whole(text);
}

}  // namespace

void retention_size(const helm::Values& values, const Ledger&, Findings& findings) {
  if (values.chart != "kube-prometheus-stack") return;
  constexpr std::string_view kSize = "prometheus.prometheusSpec.retentionSize";
  constexpr std::string_view kVolume =
      "prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec.resources.requests.storage";
  const std::optional<std::int64_t> size = prometheus_bytes(values.text(kSize));
  const std::optional<std::int64_t> volume = kubernetes::quantity_whole(values.text(kVolume));
  if (!size || !volume || *volume == 0 || *size < *volume) return;
  report(findings, "retention_size", Severity::kError, values.place(kSize),
         fmt::format("retentionSize: {} on a volume of {}", values.text(kSize), values.text(kVolume)),
         "retentionSize well below the volume, 80% of it",
         fmt::format("{}: the volume is full before anything is deleted; the write-ahead log lies on it too",
                     values.place(kVolume).to_string()));
}

}  // namespace isobar::plan::rules::values
