#include "host/host_collector.h"

#include <chrono>

#include "model/sample.h"
#include "telemetry/log.h"

namespace isobar::host {

HostCollector::HostCollector(HostOptions options, model::SampleSink& sink, telemetry::Registry& registry)
    : options_(std::move(options)), reader_(options_.view), sink_(sink),
      lost_(registry.counter("isobar_host_samples_lost_total", "Samples of the host that could not be written.")) {}

HostCollector::~HostCollector() { stop(); }

Result<void> HostCollector::run_once(Timestamp now) {
  std::set<std::string> series;
  model::WriteBatch batch;
  const auto add = [&](model::LabelsBuilder& labels, double value) {
    labels.set("job", options_.job).set("instance", options_.instance);
    const auto [canonical, added] = series.insert(labels.build().encoded());
    if (added) batch.floats.push_back({batch.add_series(*canonical), now.ms, value});
  };
  for (const telemetry::MetricFamily& family : reader_.read()) {
    for (const telemetry::MetricSample& sample : family.samples) {
      model::LabelsBuilder labels;
      for (const auto& [name, value] : sample.labels) labels.set(name, value);
      labels.set(model::kMetricName, family.name + sample.suffix);
      add(labels, sample.value);
    }
    if (!metadata_sent_) {
      batch.metadata.push_back({family.name, model::parse_metric_type(family.type), family.help, ""});
    }
  }
  model::LabelsBuilder up;
  up.set(model::kMetricName, "up");
  add(up, 1);
  for (const std::string& before : last_series_) {
    if (!series.contains(before)) batch.floats.push_back({batch.add_series(before), now.ms, model::stale_nan()});
  }
  if (auto written = sink_.write(options_.tenant, batch); !written) {
    lost_.add(batch.floats.size());
    return written;
  }
  last_series_ = std::move(series);
  metadata_sent_ = true;
  return {};
}

void HostCollector::start() {
  thread_ = std::thread([this] { work(); });
}

void HostCollector::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HostCollector::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto round_start = std::chrono::steady_clock::now();
    lock.unlock();
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    if (auto written = run_once(Timestamp{now.count()}); !written) {
      telemetry::log_warn("metrics of the host could not be written", {{"error", written.error().message}});
    }
    lock.lock();
    wake_.wait_until(lock, round_start + std::chrono::milliseconds(options_.interval.ms), [this] { return stopping_; });
  }
}

}  // namespace isobar::host
