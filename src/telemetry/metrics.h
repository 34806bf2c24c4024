// Our own metrics. A Registry owns families; handles stay valid as long as it lives. Registering the same name and
// labels again returns the same handle. Updating a handle is thread-safe and costs one relaxed atomic operation;
// registering takes a lock.
//
// Names end as Prometheus asks: _total for counters, base units (_seconds, _bytes).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isobar::telemetry {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  void add(double v) { value_.fetch_add(v, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Seconds, in buckets 1 ms … 60 s (factors 1, 2.5, 5).
class DurationHistogram {
 public:
  static constexpr std::array<double, 15> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                  0.5,   1,      2.5,   5,    10,    25,   60};
  void observe(double seconds);
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<double> sum_{0};
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// One exposed sample: `suffix` is appended to the family's name ("_bucket", "_sum", …).
struct MetricSample {
  std::string suffix;
  MetricLabels labels;
  double value = 0;
};
struct MetricFamily {
  std::string name;
  std::string help;
  std::string_view type;  // counter, gauge, histogram
  std::vector<MetricSample> samples;
};

class Registry {
 public:
  Counter& counter(std::string_view name, std::string_view help, MetricLabels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, MetricLabels labels = {});
  DurationHistogram& histogram(std::string_view name, std::string_view help, MetricLabels labels = {});
  // A gauge or counter whose value is asked for at each snapshot; `read` must be thread-safe and outlive the registry
  // or be removed with it.
  void on_read(std::string_view name, std::string_view help, std::string_view type, MetricLabels labels,
               std::function<double()> read);

  // All families by name, samples by registration order.
  std::vector<MetricFamily> snapshot() const;

 private:
  struct Entry {
    MetricLabels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<DurationHistogram> histogram;
    std::function<double()> read;
  };
  struct Family {
    std::string help;
    std::string_view type;
    std::vector<std::unique_ptr<Entry>> entries;
  };
  Entry& entry(std::string_view name, std::string_view help, std::string_view type, MetricLabels labels);
  static void append_histogram(const Entry& entry, std::vector<MetricSample>& samples);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace isobar::telemetry
