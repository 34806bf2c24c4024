// Label sets of the series that the generators send, sorted by name.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace isobar::bench {

using LabelPairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr int kSeriesPerTarget = 1000;

// Series `i` as a node_exporter behind a Kubernetes service has it: 12 labels, of which a target's 1,000 series share ten.
// `epoch`: how often the target's pod was replaced; each replacement has another pod and address, so it is all new series.
inline LabelPairs node_series(int i, int epoch = 0) {
  static constexpr const char* kModes[] = {"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"};
  const int target = i / kSeriesPerTarget;
  std::string pod = fmt::format("kube-prometheus-stack-node-exporter-{:05}", target);
  if (epoch != 0) pod += fmt::format("-{}", epoch);
  return {{"__name__", fmt::format("node_metric_{}_total", i / 64 % 16)},
          {"cluster", "production-eu-central-1"},
          {"container", "node-exporter"},
          {"cpu", std::to_string(i / 8 % 8)},
          {"endpoint", fmt::format("http-metrics-{}", target % 2)},
          {"instance", fmt::format("10.{}.{}.{}:9100", 12 + epoch, target / 250, target % 250)},
          {"job", "node-exporter"},
          {"mode", fmt::format("{}{}", kModes[i % 8], i % kSeriesPerTarget / 512)},
          {"namespace", "monitoring"},
          {"node", fmt::format("ip-10-12-{}-{}.eu-central-1.compute.internal", target / 250, target % 250)},
          {"pod", std::move(pod)},
          {"service", "kube-prometheus-stack-node-exporter"}};
}

// One series in a thousand has an instance that begins with "a", each instance one series; ten jobs, of which "x" has
// half of the series and all of those; a hundred metrics; a pod of a hundred series.
inline LabelPairs select_series(int i) {
  const bool a = i % 1000 == 0;
  return {{"__name__", fmt::format("metric_{}", i % 100)},
          {"instance", fmt::format("{}{:07}:9100", a ? "a" : "node-", i)},
          {"job", a || i % 2 == 0 ? "x" : fmt::format("job-{}", i % 9)},
          {"namespace", fmt::format("namespace-{}", i % 57)},
          {"pod", fmt::format("pod-{:06}", i / 100)}};
}

}  // namespace isobar::bench
