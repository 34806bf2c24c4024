// Several processes of Loki need a store that all of them see: files of one pod are not.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/helm/rules.h"

namespace isobar::plan::rules::values {
namespace {

void refuse(const helm::Values& values, std::string_view path, const std::string& stated, Findings& findings) {
  report(findings, "loki_storage", Severity::kError, values.place(path),
         fmt::format("{} with loki.storage.type: filesystem", stated),
         "an object store (s3, gcs, azure), or one process with one replica",
         fmt::format("{}: each pod would keep its own files; the chart refuses, or runs one replica all the same",
                     values.place("loki.storage.type").to_string()));
}

}  // namespace

void loki_storage(const helm::Values& values, const Ledger&, Findings& findings) {
  if (values.chart != "loki" || !values.says("loki.storage.type", "filesystem")) return;
  const std::string mode = values.text("deploymentMode");
  if (mode.starts_with("SimpleScalable") || mode == "Distributed")
    return refuse(values, "deploymentMode", "deploymentMode: " + mode, findings);
  const char* replicas = mode.empty() ? "write.replicas" : "singleBinary.replicas";
  const std::int64_t count = values.number(replicas).value_or(0);
  if (count > (mode.empty() ? 0 : 1)) return refuse(values, replicas, fmt::format("{}: {}", replicas, count), findings);
  const std::int64_t single = values.number("singleBinary.replicas").value_or(0);
  if (single > 1) refuse(values, "singleBinary.replicas", fmt::format("singleBinary.replicas: {}", single), findings);
}

}  // namespace isobar::plan::rules::values
