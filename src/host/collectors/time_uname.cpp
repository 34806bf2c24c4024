// node_time_* and node_uname_info.
#include <ctime>

#include "host/collectors/collectors.h"

namespace isobar::host {

Result<void> collect_time(const HostView& view, Families& out) {
  const double now = view.now_seconds();
  const auto seconds = static_cast<std::time_t>(now);
  std::tm local{};
  localtime_r(&seconds, &local);
  out.add("node_time_seconds", "gauge", "System time in seconds since epoch (1970).", {}, now);
  out.add("node_time_zone_offset_seconds", "gauge", "System time zone offset in seconds.",
          {{"time_zone", local.tm_zone != nullptr ? local.tm_zone : "UTC"}}, static_cast<double>(local.tm_gmtoff));
  const std::string folder = view.sys + "/devices/system/clocksource";
  for (const std::string& name : list_folder(folder)) {
    if (!name.starts_with("clocksource")) continue;
    const std::string device = name.substr(std::string_view("clocksource").size());
    const std::string available = view.read_line(folder + "/" + name + "/available_clocksource");
    for (const std::string_view source : split_words(available)) {
      out.add("node_time_clocksource_available_info", "gauge", "Available clocksources read from '/sys/devices/system/clocksource'.",
              {{"clocksource", std::string(source)}, {"device", device}}, 1);
    }
    const std::string current = view.read_line(folder + "/" + name + "/current_clocksource");
    out.add("node_time_clocksource_current_info", "gauge", "Current clocksource read from '/sys/devices/system/clocksource'.",
            {{"clocksource", current}, {"device", device}}, 1);
  }
  return {};
}

Result<void> collect_uname(const HostView& view, Families& out) {
  const SystemName name = view.system_name();
  out.add("node_uname_info", "gauge", "Labeled system information as provided by the uname system call.",
          {{"domainname", name.domainname}, {"machine", name.machine}, {"nodename", name.nodename}, {"release", name.release},
           {"sysname", name.sysname}, {"version", name.version}}, 1);
  return {};
}

}  // namespace isobar::host
