// node_cpu_* and what else /proc/stat holds.
#include <set>

#include "host/collectors/collectors.h"

namespace isobar::host {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ, the same on every Linux that we run on
constexpr std::array<std::string_view, 8> kModes{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};

double seconds(const std::vector<std::string_view>& words, std::size_t i) {
  return i < words.size() ? static_cast<double>(to_number(words[i])) / kTicksPerSecond : 0;
}

bool is_cpu_folder(std::string_view name) {
  return name.starts_with("cpu") && name.size() > 3 && name.find_first_not_of("0123456789", 3) == std::string_view::npos;
}

// Counters of Intel CPUs; once for each core and package, whichever of its threads comes first.
void collect_throttles(const HostView& view, Families& out) {
  std::set<std::pair<std::string, std::string>> cores;
  std::set<std::string> packages;
  const std::string folder = view.sys + "/devices/system/cpu";
  for (const std::string& name : list_folder(folder)) {
    if (!is_cpu_folder(name)) continue;
    const std::string cpu = folder + "/" + name;
    const std::string core = view.read_line(cpu + "/topology/core_id");
    const std::string package = view.read_line(cpu + "/topology/physical_package_id");
    if (core.empty() || package.empty()) continue;
    const std::string of_core = view.read_line(cpu + "/thermal_throttle/core_throttle_count");
    if (!of_core.empty() && cores.emplace(package, core).second) {
      out.add("node_cpu_core_throttles_total", "counter", "Number of times this CPU core has been throttled.",
              {{"package", package}, {"core", core}}, static_cast<double>(to_number(of_core)));
    }
    const std::string of_package = view.read_line(cpu + "/thermal_throttle/package_throttle_count");
    if (!of_package.empty() && packages.insert(package).second) {
      out.add("node_cpu_package_throttles_total", "counter", "Number of times this CPU package has been throttled.",
              {{"package", package}}, static_cast<double>(to_number(of_package)));
    }
  }
}

}  // namespace

Result<void> collect_cpu(const HostView& view, Families& out) {
  collect_throttles(view, out);
  TRY(const std::string text, view.read(view.proc + "/stat"));
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.empty() || !is_cpu_folder(words[0])) continue;
    const std::string cpu(words[0].substr(3));
    for (std::size_t i = 0; i < kModes.size(); ++i) {
      out.add("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.",
              {{"cpu", cpu}, {"mode", std::string(kModes[i])}}, seconds(words, i + 1));
    }
    out.add("node_cpu_guest_seconds_total", "counter", "Seconds the CPUs spent in guests (VMs) for each mode.",
            {{"cpu", cpu}, {"mode", "user"}}, seconds(words, 9));
    out.add("node_cpu_guest_seconds_total", "counter", "", {{"cpu", cpu}, {"mode", "nice"}}, seconds(words, 10));
  }
  return {};
}

Result<void> collect_stat(const HostView& view, Families& out) {
  struct Row {
    std::string_view key, name, type, help;
  };
  static constexpr Row kRows[] = {
      {"intr", "node_intr_total", "counter", "Total number of interrupts serviced."},
      {"ctxt", "node_context_switches_total", "counter", "Total number of context switches."},
      {"processes", "node_forks_total", "counter", "Total number of forks."},
      {"btime", "node_boot_time_seconds", "gauge", "Node boot time, in unixtime."},
      {"procs_running", "node_procs_running", "gauge", "Number of processes in runnable state."},
      {"procs_blocked", "node_procs_blocked", "gauge", "Number of processes blocked waiting for I/O to complete."}};
  TRY(const std::string text, view.read(view.proc + "/stat"));
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() < 2) continue;
    for (const Row& row : kRows) {
      if (row.key == words[0]) out.add(row.name, row.type, row.help, {}, static_cast<double>(to_number(words[1])));
    }
  }
  return {};
}

}  // namespace isobar::host
