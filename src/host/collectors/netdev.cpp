// node_network_*_total from the statistics files of each interface, which say more than /proc/net/dev.
#include "host/collectors/collectors.h"

namespace isobar::host {
namespace {

struct NetField {
  std::string_view name;
  std::initializer_list<std::string_view> files;  // added up
};

// How the kernel's counters add up to the columns of /proc/net/dev, and rx_nohandler, which has none.
const NetField kFields[] = {
    {"receive_packets", {"rx_packets"}},
    {"transmit_packets", {"tx_packets"}},
    {"receive_bytes", {"rx_bytes"}},
    {"transmit_bytes", {"tx_bytes"}},
    {"receive_errs", {"rx_errors"}},
    {"transmit_errs", {"tx_errors"}},
    {"receive_drop", {"rx_dropped", "rx_missed_errors"}},
    {"transmit_drop", {"tx_dropped"}},
    {"receive_multicast", {"multicast"}},
    {"transmit_colls", {"collisions"}},
    {"receive_frame", {"rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors"}},
    {"receive_fifo", {"rx_fifo_errors"}},
    {"transmit_carrier", {"tx_carrier_errors", "tx_aborted_errors", "tx_window_errors", "tx_heartbeat_errors"}},
    {"transmit_fifo", {"tx_fifo_errors"}},
    {"receive_compressed", {"rx_compressed"}},
    {"transmit_compressed", {"tx_compressed"}},
    {"receive_nohandler", {"rx_nohandler"}}};

}  // namespace

Result<void> collect_netdev(const HostView& view, Families& out) {
  const std::string folder = view.sys + "/class/net";
  const std::vector<std::string> devices = list_folder(folder);
  if (devices.empty()) return fail(Code::kNotFound, "no network interfaces in " + folder);
  for (const std::string& device : devices) {
    if (device == "lo") continue;
    const std::string statistics = folder + "/" + device + "/statistics/";
    if (view.read_line(statistics + "rx_bytes").empty()) continue;  // no interface: bonding_masters
    for (const NetField& field : kFields) {
      double value = 0;
      for (const std::string_view file : field.files) {
        value += static_cast<double>(to_number(view.read_line(statistics + std::string(file))));
      }
      out.add(fmt::format("node_network_{}_total", field.name), "counter",
              fmt::format("Network device statistic {}.", field.name), {{"device", device}}, value);
    }
  }
  return {};
}

}  // namespace isobar::host
