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

// One counter of an application with 250 series an instance.
inline LabelPairs request_series(int i) {
  static constexpr const char* kCodes[] = {"200", "201", "400", "404", "500"};
  static constexpr const char* kMethods[] = {"GET", "POST"};
  const int instance = i / 250, rest = i % 250;
  return {{"__name__", "http_requests_total"},
          {"cluster", "production-eu-central-1"},
          {"code", kCodes[rest % 5]},
          {"container", "shop"},
          {"handler", fmt::format("/api/v1/handler-{:02}", rest / 10)},
          {"instance", fmt::format("10.41.0.{}:8080", instance)},
          {"job", "shop"},
          {"method", kMethods[rest / 5 % 2]},
          {"namespace", "shop"},
          {"pod", fmt::format("shop-7d4f8b9c6d-{:05}", instance * 7919)}};
}

// Classic histograms, each of kBuckets series.
inline constexpr std::size_t kBuckets = 12;
inline LabelPairs bucket_series(int i) {
  static constexpr const char* kBounds[kBuckets] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"};
  const int histogram = i / static_cast<int>(kBuckets);
  return {{"__name__", "http_request_duration_seconds_bucket"},
          {"handler", fmt::format("/api/v1/handler-{}", histogram % 40)},
          {"instance", fmt::format("10.40.0.{}:8080", histogram / 40)},
          {"job", "shop"},
          {"le", kBounds[static_cast<std::size_t>(i) % kBuckets]},
          {"namespace", "shop"}};
}

}  // namespace isobar::bench
