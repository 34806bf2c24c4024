// node_disk_* and node_filesystem_*.
#include <set>

#include "host/collectors/collectors.h"

namespace isobar::host {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Partitions and devices of memory, which node_exporter leaves out:
// ^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$
bool is_left_out(std::string_view device) {
  for (const std::string_view prefix : {"ram", "loop", "fd"}) {
    if (device.starts_with(prefix) && all_digits(device.substr(prefix.size()))) return true;
  }
  for (const std::string_view prefix : {"hd", "sd", "vd", "xvd"}) {
    if (!device.starts_with(prefix) || device.size() < prefix.size() + 2) continue;
    const char letter = device[prefix.size()];
    if (letter >= 'a' && letter <= 'z' && all_digits(device.substr(prefix.size() + 1))) return true;
  }
  if (!device.starts_with("nvme")) return false;
  const std::size_t n = device.find('n', 4);
  const std::size_t p = n == std::string_view::npos ? n : device.find('p', n);
  return p != std::string_view::npos && all_digits(device.substr(4, n - 4)) && all_digits(device.substr(n + 1, p - n - 1)) &&
         all_digits(device.substr(p + 1));
}

struct DiskField {
  std::string_view name, type, help;
  double factor;
};
// In the order of the columns behind the device name.
constexpr DiskField kFields[] = {
    {"reads_completed_total", "counter", "The total number of reads completed successfully.", 1},
    {"reads_merged_total", "counter", "The total number of reads merged.", 1},
    {"read_bytes_total", "counter", "The total number of bytes read successfully.", 512},
    {"read_time_seconds_total", "counter", "The total number of seconds spent by all reads.", 0.001},
    {"writes_completed_total", "counter", "The total number of writes completed successfully.", 1},
    {"writes_merged_total", "counter", "The number of writes merged.", 1},
    {"written_bytes_total", "counter", "The total number of bytes written successfully.", 512},
    {"write_time_seconds_total", "counter", "This is the total number of seconds spent by all writes.", 0.001},
    {"io_now", "gauge", "The number of I/Os currently in progress.", 1},
    {"io_time_seconds_total", "counter", "Total seconds spent doing I/Os.", 0.001},
    {"io_time_weighted_seconds_total", "counter", "The weighted # of seconds spent doing I/Os.", 0.001},
    {"discards_completed_total", "counter", "The total number of discards completed successfully.", 1},
    {"discards_merged_total", "counter", "The total number of discards merged.", 1},
    {"discarded_sectors_total", "counter", "The total number of sectors discarded successfully.", 1},
    {"discard_time_seconds_total", "counter", "This is the total number of seconds spent by all discards.", 0.001},
    {"flush_requests_total", "counter", "The total number of flush requests completed successfully", 1},
    {"flush_requests_time_seconds_total", "counter", "This is the total number of seconds spent by all flush requests.", 0.001}};

using Properties = std::map<std::string, std::string, std::less<>>;

Properties read_udev(const HostView& view, std::string_view major, std::string_view minor) {
  Properties properties;
  const auto text = view.read(fmt::format("{}/b{}:{}", view.udev, major, minor));
  if (!text) return properties;
  for (const std::string_view line : split_lines(*text)) {
    const std::size_t equals = line.find('=');
    if (line.starts_with("E:") && equals != std::string_view::npos) {
      properties[std::string(line.substr(2, equals - 2))] = line.substr(equals + 1);
    }
  }
  return properties;
}

void add_udev(const std::vector<std::string_view>& words, Properties info, Families& out) {
  const std::string device(words[2]);
  const std::string serial = info["SCSI_IDENT_SERIAL"].empty() ? info["ID_SERIAL_SHORT"] : info["SCSI_IDENT_SERIAL"];
  out.add("node_disk_info", "gauge", "Info of /sys/block/<block_device>.",
          {{"device", device}, {"major", std::string(words[0])}, {"minor", std::string(words[1])}, {"path", info["ID_PATH"]},
           {"wwn", info["ID_WWN"]}, {"model", info["ID_MODEL"]}, {"serial", serial}, {"revision", info["ID_REVISION"]}}, 1);
  if (!info["ID_FS_TYPE"].empty()) {
    out.add("node_disk_filesystem_info", "gauge", "Info about disk filesystem.",
            {{"device", device}, {"type", info["ID_FS_TYPE"]}, {"usage", info["ID_FS_USAGE"]}, {"uuid", info["ID_FS_UUID"]},
             {"version", info["ID_FS_VERSION"]}}, 1);
  }
  if (!info["DM_NAME"].empty()) {
    out.add("node_disk_device_mapper_info", "gauge", "Info about disk device mapper.",
            {{"device", device}, {"name", info["DM_NAME"]}, {"uuid", info["DM_UUID"]}, {"vg_name", info["DM_VG_NAME"]},
             {"lv_name", info["DM_LV_NAME"]}, {"lv_layer", info["DM_LV_LAYER"]}}, 1);
  }
  if (info["ID_ATA"].empty()) return;
  static constexpr std::array<std::array<std::string_view, 3>, 3> kAta{
      {{"ID_ATA_WRITE_CACHE", "node_disk_ata_write_cache", "ATA disk has a write cache."},
       {"ID_ATA_WRITE_CACHE_ENABLED", "node_disk_ata_write_cache_enabled", "ATA disk has its write cache enabled."},
       {"ID_ATA_ROTATION_RATE_RPM", "node_disk_ata_rotation_rate_rpm", "ATA disk rotation rate in RPMs (0 for SSDs)."}}};
  for (const auto& [key, name, help] : kAta) {
    const auto found = info.find(key);
    if (found != info.end() && all_digits(found->second)) {
      out.add(name, "gauge", help, {{"device", device}}, static_cast<double>(to_number(found->second)));
    }
  }
}

bool starts_folder(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// ^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)
bool is_left_out_mount(std::string_view path) {
  for (const std::string_view folder : {"/dev", "/proc", "/run", "/sys", "/mnt", "/media"}) {
    if (starts_folder(path, folder)) return true;
  }
  for (const std::string_view folder : {"/var/lib/docker/", "/var/lib/containers/storage/"}) {
    if (path.starts_with(folder) && path.size() > folder.size()) return true;
  }
  return false;
}

bool is_left_out_type(std::string_view type) {
  static const std::set<std::string_view> kTypes{
      "autofs",   "binfmt_misc", "bpf",    "cgroup", "cgroup2", "configfs", "debugfs",   "devpts",     "devtmpfs",
      "fusectl",  "hugetlbfs",   "iso9660", "mqueue", "nsfs",    "overlay",  "proc",      "procfs",     "pstore",
      "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tracefs"};
  return kTypes.contains(type);
}

// The kernel writes blanks in paths as octal escapes.
std::string unescape_mount(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 4) == "\\040") {
      out += ' ';
      i += 3;
    } else if (text.substr(i, 4) == "\\011") {
      out += '\t';
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_read_only(std::string_view options) {
  while (!options.empty()) {
    const std::size_t comma = std::min(options.find(','), options.size());
    if (options.substr(0, comma) == "ro") return true;
    options.remove_prefix(std::min(comma + 1, options.size()));
  }
  return false;
}

void add_usage(const telemetry::MetricLabels& labels, const FileSystemUsage& usage, bool read_only, Families& out) {
  const auto bytes = [&usage](std::uint64_t blocks) { return static_cast<double>(blocks) * static_cast<double>(usage.block_bytes); };
  out.add("node_filesystem_size_bytes", "gauge", "Filesystem size in bytes.", labels, bytes(usage.blocks));
  out.add("node_filesystem_free_bytes", "gauge", "Filesystem free space in bytes.", labels, bytes(usage.free_blocks));
  out.add("node_filesystem_avail_bytes", "gauge", "Filesystem space available to non-root users in bytes.", labels,
          bytes(usage.available_blocks));
  out.add("node_filesystem_files", "gauge", "Filesystem total file nodes.", labels, static_cast<double>(usage.files));
  out.add("node_filesystem_files_free", "gauge", "Filesystem total free file nodes.", labels, static_cast<double>(usage.free_files));
  out.add("node_filesystem_readonly", "gauge", "Filesystem read-only status.", labels, read_only ? 1 : 0);
}

}  // namespace

Result<void> collect_diskstats(const HostView& view, Families& out) {
  TRY(const std::string text, view.read(view.proc + "/diskstats"));
  for (const std::string_view line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() < 4 || is_left_out(words[2])) continue;
    add_udev(words, read_udev(view, words[0], words[1]), out);
    for (std::size_t i = 0; i < std::size(kFields) && i + 3 < words.size(); ++i) {
      out.add("node_disk_" + std::string(kFields[i].name), kFields[i].type, kFields[i].help, {{"device", std::string(words[2])}},
              static_cast<double>(to_number(words[i + 3])) * kFields[i].factor);
    }
  }
  return {};
}

Result<void> collect_filesystem(const HostView& view, Families& out) {
  auto mounts = view.read(view.proc + "/1/mounts");
  if (!mounts) mounts = view.read(view.proc + "/self/mounts");
  if (!mounts) return fail(mounts.error());
  std::set<std::vector<std::string>> seen;
  for (const std::string_view line : split_lines(*mounts)) {
    const auto words = split_words(line);
    if (words.size() < 4) continue;
    const std::string mount = unescape_mount(words[1]);
    if (is_left_out_mount(mount) || is_left_out_type(words[2])) continue;
    const std::string device(words[0]);
    const std::string type(words[2]);
    if (!seen.insert({device, mount, type}).second) continue;
    const telemetry::MetricLabels labels{{"device", device}, {"fstype", type}, {"mountpoint", mount}};
    const auto usage = view.file_system_usage(view.root + mount);
    out.add("node_filesystem_device_error", "gauge", "Whether an error occurred while getting statistics for the given device.",
            labels, usage ? 0 : 1);
    if (usage) add_usage(labels, *usage, is_read_only(words[3]), out);
  }
  return {};
}

}  // namespace isobar::host
