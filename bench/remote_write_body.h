// Remote-write 1.0 bodies as a node_exporter behind a Kubernetes service sends them: 12 labels, of which a target's
// series share ten. Timestamps and values stand at known places, so that one body serves for many instants.
#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"

namespace isobar::bench {

inline void put_message(std::string& out, int field, std::string_view bytes) {
  put_varint(out, static_cast<std::uint64_t>(field << 3 | 2));
  put_bytes(out, bytes);
}

struct RemoteWriteBody {
  std::string bytes;
  std::vector<std::size_t> samples;  // where each sample's value starts; its timestamp follows after one tag byte

  // Varints of six bytes hold milliseconds from 2004 to 3084.
  void set(std::int64_t timestamp, double salt) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double value = static_cast<double>(i) * 1.5 + salt;
      std::memcpy(bytes.data() + samples[i], &value, sizeof(value));
      auto t = static_cast<std::uint64_t>(timestamp);
      char* to = bytes.data() + samples[i] + 9;
      for (int b = 0; b < 6; ++b, t >>= 7) to[b] = static_cast<char>(b < 5 ? (t | 0x80) & 0xff : t);
    }
  }
};

// Series first … first+count-1. `mixed`: neighbours come from different targets, as when one agent sends for many.
inline RemoteWriteBody remote_write_body(int first, int count, bool mixed) {
  static constexpr const char* kModes[] = {"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"};
  RemoteWriteBody body;
  for (int n = 0; n < count; ++n) {
    const int i = first + (mixed ? n * 7919 % count : n);
    const int target = i / 1000;
    const std::vector<std::pair<std::string, std::string>> labels{
        {"__name__", fmt::format("node_metric_{}_total", i / 64 % 16)},
        {"cluster", "production-eu-central-1"},
        {"container", "node-exporter"},
        {"cpu", std::to_string(i / 8 % 8)},
        {"endpoint", fmt::format("http-metrics-{}", i / 1000 % 2)},
        {"instance", fmt::format("10.12.{}.{}:9100", target / 250, target % 250)},
        {"job", "node-exporter"},
        {"mode", fmt::format("{}{}", kModes[i % 8], i % 1000 / 512)},
        {"namespace", "monitoring"},
        {"node", fmt::format("ip-10-12-{}-{}.eu-central-1.compute.internal", target / 250, target % 250)},
        {"pod", fmt::format("kube-prometheus-stack-node-exporter-{:05}", target)},
        {"service", "kube-prometheus-stack-node-exporter"}};
    std::string message;
    for (const auto& [name, value] : labels) {
      std::string label;
      put_message(label, 1, name);
      put_message(label, 2, value);
      put_message(message, 1, label);
    }
    std::string sample;
    put_u8(sample, 1 << 3 | 1);
    put_f64(sample, 0);
    put_u8(sample, 2 << 3);
    sample.append(6, '\x01');
    const std::size_t in_sample = 1;
    put_message(message, 2, sample);
    put_message(body.bytes, 1, message);
    body.samples.push_back(body.bytes.size() - sample.size() + in_sample);
  }
  body.set(1'700'000'000'000, 0);
  return body;
}

}  // namespace isobar::bench
