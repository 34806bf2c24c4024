#include "host/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include "host/collectors/collectors.h"

namespace isobar::host {
namespace {

// Field `number` of proc_pid_stat(5), from 1.
double stat_field(std::size_t number) {
  const auto text = HostView{}.read("/proc/self/stat");
  if (!text) return 0;
  const std::size_t name_end = text->rfind(')');  // the name, field 2, may hold blanks
  if (name_end == std::string::npos) return 0;
  const auto words = split_words(std::string_view(*text).substr(name_end + 1));
  return number - 3 < words.size() ? static_cast<double>(to_number(words[number - 3])) : 0;
}

double boot_time() {
  const auto text = HostView{}.read("/proc/stat");
  if (!text) return 0;
  for (const std::string_view line : split_lines(*text)) {
    if (line.starts_with("btime ")) return static_cast<double>(to_number(line.substr(6)));
  }
  return 0;
}

double limit(__rlimit_resource resource) {
  rlimit value{};
  if (::getrlimit(resource, &value) != 0 || value.rlim_cur == RLIM_INFINITY) return -1;
  return static_cast<double>(value.rlim_cur);
}

double open_files() {
  const std::size_t names = list_folder("/proc/self/fd").size();
  return names == 0 ? 0 : static_cast<double>(names - 1);  // one of them is the listing itself
}

}  // namespace

void register_process_metrics(telemetry::Registry& registry) {
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  registry.on_read("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter", {},
                   [ticks] { return (stat_field(14) + stat_field(15)) / ticks; });
  registry.on_read("process_resident_memory_bytes", "Resident memory size in bytes.", "gauge", {},
                   [page] { return stat_field(24) * page; });
  registry.on_read("process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge", {}, [] { return stat_field(23); });
  registry.on_read("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.", "gauge", {},
                   [] { return limit(RLIMIT_AS); });
  registry.on_read("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", "gauge", {},
                   [ticks] { return boot_time() + stat_field(22) / ticks; });
  registry.on_read("process_open_fds", "Number of open file descriptors.", "gauge", {}, open_files);
  registry.on_read("process_max_fds", "Maximum number of open file descriptors.", "gauge", {}, [] { return limit(RLIMIT_NOFILE); });
  registry.on_read("process_threads", "Number of threads.", "gauge", {}, [] { return stat_field(20); });
}

}  // namespace isobar::host
