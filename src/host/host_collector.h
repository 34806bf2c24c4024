// Writes what HostReader reads to the sample sink, every so often: our own node_exporter and its scrape in one.
//
//   host::HostCollector host({.instance = "node1:9009"}, sink, registry);
//   host.start();
//
// run_once() is one round; start() does it on a thread of its own. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/time.h"
#include "host/host_reader.h"
#include "model/write_batch.h"

namespace isobar::host {

struct HostOptions {
  HostView view;
  std::string tenant = "anonymous";
  std::string job = "node";
  std::string instance;
  Duration interval = Duration::seconds(15);
};

class HostCollector {
 public:
  HostCollector(HostOptions options, model::SampleSink& sink, telemetry::Registry& registry);
  ~HostCollector();  // stop()

  // Reads and writes one round of samples at `now`, with `up` 1; series that are gone since the last round get a
  // staleness marker. The error is the sink's; the round's samples are then lost, and counted.
  Result<void> run_once(Timestamp now);
  void start();
  void stop();

 private:
  void work();

  const HostOptions options_;
  const HostReader reader_;
  model::SampleSink& sink_;
  telemetry::Counter& lost_;
  std::set<std::string> last_series_;  // canonical
  bool metadata_sent_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace isobar::host
