// Reads the state of the machine as metric families, as node_exporter 1.5 names them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/metrics.h"

namespace isobar::host {

struct FileSystemUsage {
  std::uint64_t block_bytes = 0;
  std::uint64_t blocks = 0;
  std::uint64_t free_blocks = 0;
  std::uint64_t available_blocks = 0;
  std::uint64_t files = 0;
  std::uint64_t free_files = 0;
};
struct SystemName {
  std::string sysname, nodename, release, version, machine, domainname;
};

// Where the machine is read from; tests replace parts of it.
struct HostView {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string udev = "/run/udev/data";
  std::string root;  // before mount points: "/host" if the machine's root is mounted there
  std::function<std::optional<FileSystemUsage>(const std::string& path)> file_system_usage;  // empty: statvfs
  std::function<SystemName()> system_name;                                                 // empty: uname
  std::function<double()> now_seconds;                                                     // empty: the clock

  // At most 4 MiB; kNotFound if it cannot be read.
  Result<std::string> read(const std::string& path) const;
  // The first line, without white space at its ends; empty if there is none.
  std::string read_line(const std::string& path) const;
};

// Collects samples under their families, in order of first appearance.
class Families {
 public:
  void add(std::string_view name, std::string_view type, std::string_view help, telemetry::MetricLabels labels, double value);
  std::vector<telemetry::MetricFamily> take() { return std::move(families_); }

 private:
  std::vector<telemetry::MetricFamily> families_;
};

class HostReader {
 public:
  explicit HostReader(HostView view = {});
  // Every collector; one that fails is told by node_scrape_collector_success 0 and leaves the others alone.
  // Thread-safe.
  std::vector<telemetry::MetricFamily> read() const;

 private:
  HostView view_;
};

}  // namespace isobar::host
