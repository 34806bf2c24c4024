// Pairs of values that exclude each other. Each row says what must be stated, what follows, and who found out.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/helm/rules.h"

namespace isobar::plan::rules::values {
namespace {

struct Setting {
  std::string_view path;
  std::string_view value;    // "": it must not be stated, or be empty
  bool or_unstated = false;  // the chart's default is this value
};

struct Combination {
  std::string_view chart;
  std::vector<Setting> settings;  // the finding stands at the first
  std::string_view holds;
  std::string_view reason;
  Severity severity = Severity::kError;
};

const std::vector<Combination>& combinations() {
  static const std::vector<Combination> kCombinations{
      {"mimir-distributed",
       {{"kafka.enabled", "false"},
        {"mimir.structuredConfig.ingest_storage.enabled", "true", true},
        {"mimir.structuredConfig.ingest_storage.kafka.address", ""},
        {"mimir.config", ""}},
       "mimir.structuredConfig.ingest_storage.kafka.address, or ingest storage off with all that hangs on it",
       "ingest storage is on unless it is switched off: distributors and ingesters look for the broker that is not there"},
      {"mimir-distributed",
       {{"kafka.persistence.enabled", "false"},
        {"kafka.enabled", "true", true},
        {"mimir.structuredConfig.ingest_storage.enabled", "true", true}},
       "kafka.persistence.enabled: true, or a broker of its own",
       "a broker that restarts empty has no topic; ingesters go on being ready and consume nothing (mimir#14516)",
       Severity::kWarning},
      {"velero",
       {{"configuration.defaultVolumesToFsBackup", "true"}, {"deployNodeAgent", "false", true}},
       "deployNodeAgent: true",
       "volumes are backed up as files by the node agent; without it these backups fail"},
      {"cost-analyzer",
       {{"global.prometheus.enabled", "false"},
        {"global.prometheus.fqdn", ""},
        {"global.amp.enabled", "false", true},
        {"global.gmp.enabled", "false", true},
        {"global.thanos.enabled", "false", true},
        {"global.mimirProxy.enabled", "false", true}},
       "global.prometheus.fqdn: the address of yours",
       "the chart's default address is that of the Prometheus which is switched off here"},
      {"loki",
       {{"lokiCanary.enabled", "false"}, {"test.enabled", "true"}},
       "test.enabled: false",
       "the chart refuses: its test asks the canary"},
  };
  return kCombinations;
}

bool holds(const helm::Values& values, const Setting& setting) {
  const std::string text = values.text(setting.path);
  return text == setting.value || (setting.or_unstated && text.empty());
}

std::string stated(const helm::Values& values, const Combination& combination) {
  std::string out;
  for (const Setting& setting : combination.settings) {
    if (values.text(setting.path).empty()) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", setting.path, setting.value);
  }
  return out;
}

}  // namespace

void known_bad(const helm::Values& values, const Ledger&, Findings& findings) {
  for (const Combination& one : combinations()) {
    if (one.chart != values.chart) continue;
    if (!std::all_of(one.settings.begin(), one.settings.end(), [&](const Setting& setting) { return holds(values, setting); }))
      continue;
    report(findings, "known_bad", one.severity, values.place(one.settings[0].path), stated(values, one), std::string(one.holds),
           std::string(one.reason));
  }
}

}  // namespace isobar::plan::rules::values
