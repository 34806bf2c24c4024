// node_memory_*, node_load*, node_pressure_*.
#include <cstdlib>

#include "host/collectors/collectors.h"

namespace isobar::host {
namespace {

// Active(anon) in kB becomes node_memory_Active_anon_bytes.
std::string memory_name(std::string_view key, bool bytes) {
  std::string name = "node_memory_";
  for (const char c : key) {
    if (c == '(') {
      name += '_';
    } else if (c != ')' && c != ':') {
      name += c;
    }
  }
  return bytes ? name + "_bytes" : name;
}

// total=123 of the line that starts with `kind`, in seconds.
std::optional<double> pressure_total(std::string_view text, std::string_view kind) {
  for (const std::string_view line : split_lines(text)) {
    if (!line.starts_with(kind)) continue;
    const std::size_t at = line.find("total=");
    if (at != std::string_view::npos) return static_cast<double>(to_number(line.substr(at + 6))) / 1e6;
  }
  return std::nullopt;
}

}  // namespace

Result<void> collect_meminfo(const HostView& view, Families& out) {
  TRY(const std::string text, view.read(view.proc + "/meminfo"));
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() < 2) continue;
    const bool kilobytes = words.size() > 2;
    const std::string name = memory_name(words[0], kilobytes);
    out.add(name, "gauge", "Memory information field " + name.substr(12) + ".", {},
            static_cast<double>(to_number(words[1])) * (kilobytes ? 1024 : 1));
  }
  return {};
}

Result<void> collect_loadavg(const HostView& view, Families& out) {
  TRY(const std::string text, view.read(view.proc + "/loadavg"));
  const auto words = split_words(text);
  if (words.size() < 3) return fail(Code::kCorrupt, "unexpected text in /proc/loadavg");
  out.add("node_load1", "gauge", "1m load average.", {}, std::strtod(std::string(words[0]).c_str(), nullptr));
  out.add("node_load5", "gauge", "5m load average.", {}, std::strtod(std::string(words[1]).c_str(), nullptr));
  out.add("node_load15", "gauge", "15m load average.", {}, std::strtod(std::string(words[2]).c_str(), nullptr));
  return {};
}

Result<void> collect_pressure(const HostView& view, Families& out) {
  struct Row {
    std::string_view resource, kind, name, help;
  };
  static constexpr Row kRows[] = {
      {"cpu", "some", "node_pressure_cpu_waiting_seconds_total", "Total time in seconds that processes have waited for CPU time"},
      {"io", "some", "node_pressure_io_waiting_seconds_total", "Total time in seconds that processes have waited due to IO congestion"},
      {"io", "full", "node_pressure_io_stalled_seconds_total", "Total time in seconds no process could make progress due to IO congestion"},
      {"memory", "some", "node_pressure_memory_waiting_seconds_total", "Total time in seconds that processes have waited for memory"},
      {"memory", "full", "node_pressure_memory_stalled_seconds_total", "Total time in seconds no process could make progress due to memory congestion"}};
  bool found = false;
  for (const Row& row : kRows) {
    const auto text = view.read(view.proc + "/pressure/" + std::string(row.resource));
    if (!text) continue;
    if (const auto total = pressure_total(*text, row.kind)) {
      out.add(row.name, "counter", row.help, {}, *total);
      found = true;
    }
  }
  if (!found) return fail(Code::kNotFound, "the kernel gives no pressure information");
  return {};
}

}  // namespace isobar::host
