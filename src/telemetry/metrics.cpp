#include "telemetry/metrics.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace isobar::telemetry {

void DurationHistogram::observe(double seconds) {
  const auto at = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  buckets_[static_cast<std::size_t>(at - kBounds.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
}

Registry::Entry& Registry::entry(std::string_view name, std::string_view help, std::string_view type,
                                 MetricLabels labels) {
  auto at = families_.find(name);
  if (at == families_.end()) {
    at = families_.emplace(std::string(name), Family{std::string(help), type, {}}).first;
  }
  CHECK(at->second.type == type);
  for (const auto& known : at->second.entries) {
    if (known->labels == labels) return *known;
  }
  at->second.entries.push_back(std::make_unique<Entry>());
  at->second.entries.back()->labels = std::move(labels);
  return *at->second.entries.back();
}

Counter& Registry::counter(std::string_view name, std::string_view help, MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  Entry& e = entry(name, help, "counter", std::move(labels));
  if (!e.counter) e.counter = std::make_unique<Counter>();
  return *e.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  Entry& e = entry(name, help, "gauge", std::move(labels));
  if (!e.gauge) e.gauge = std::make_unique<Gauge>();
  return *e.gauge;
}

DurationHistogram& Registry::histogram(std::string_view name, std::string_view help, MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  Entry& e = entry(name, help, "histogram", std::move(labels));
  if (!e.histogram) e.histogram = std::make_unique<DurationHistogram>();
  return *e.histogram;
}

void Registry::on_read(std::string_view name, std::string_view help, std::string_view type, MetricLabels labels,
                       std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  entry(name, help, type == "counter" ? "counter" : "gauge", std::move(labels)).read = std::move(read);
}

void Registry::append_histogram(const Entry& entry, std::vector<MetricSample>& samples) {
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i <= DurationHistogram::kBounds.size(); ++i) {
    cumulative += entry.histogram->bucket(i);
    MetricLabels labels = entry.labels;
    labels.emplace_back("le", i < DurationHistogram::kBounds.size() ? fmt::format("{}", DurationHistogram::kBounds[i])
                                                                    : std::string("+Inf"));
    samples.push_back({"_bucket", std::move(labels), static_cast<double>(cumulative)});
  }
  samples.push_back({"_sum", entry.labels, entry.histogram->sum()});
  samples.push_back({"_count", entry.labels, static_cast<double>(cumulative)});
}

std::vector<MetricFamily> Registry::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricFamily> out;
  out.reserve(families_.size());
  for (const auto& [name, family] : families_) {
    MetricFamily copy{name, family.help, family.type, {}};
    for (const auto& e : family.entries) {
      if (e->histogram) {
        append_histogram(*e, copy.samples);
      } else if (e->counter) {
        copy.samples.push_back({"", e->labels, static_cast<double>(e->counter->value())});
      } else if (e->gauge) {
        copy.samples.push_back({"", e->labels, e->gauge->value()});
      } else if (e->read) {
        copy.samples.push_back({"", e->labels, e->read()});
      }
    }
    out.push_back(std::move(copy));
  }
  return out;
}

}  // namespace isobar::telemetry
