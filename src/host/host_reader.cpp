#include "host/host_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>

#include "host/collectors/collectors.h"

namespace isobar::host {
namespace {

constexpr std::size_t kMaxFileBytes = 4 << 20;

std::optional<FileSystemUsage> ask_file_system(const std::string& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) return std::nullopt;
  return FileSystemUsage{status.f_frsize, status.f_blocks, status.f_bfree, status.f_bavail, status.f_files, status.f_ffree};
}

SystemName ask_system_name() {
  utsname name{};
  ::uname(&name);
  return {name.sysname, name.nodename, name.release, name.version, name.machine, name.domainname};
}

double ask_now() {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::system_clock::now().time_since_epoch()).count()) / 1e9;
}

struct Collector {
  std::string_view name;
  Result<void> (*collect)(const HostView&, Families&);
};
constexpr Collector kCollectors[] = {{"cpu", collect_cpu},           {"diskstats", collect_diskstats},
                                     {"filesystem", collect_filesystem}, {"loadavg", collect_loadavg},
                                     {"meminfo", collect_meminfo},   {"netdev", collect_netdev},
                                     {"pressure", collect_pressure}, {"stat", collect_stat},
                                     {"time", collect_time},         {"uname", collect_uname}};

}  // namespace

Result<std::string> HostView::read(const std::string& path) const {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(Code::kNotFound, "cannot read the file: " + path);
  std::string text;
  char bytes[16384];
  ssize_t n = 0;
  while (text.size() < kMaxFileBytes && (n = ::read(fd, bytes, sizeof(bytes))) > 0) text.append(bytes, static_cast<std::size_t>(n));
  ::close(fd);
  if (n < 0) return fail(Code::kNotFound, "cannot read the file: " + path);
  return text;
}

std::string HostView::read_line(const std::string& path) const {
  const auto text = read(path);
  if (!text) return {};
  const std::size_t begin = text->find_first_not_of(" \t\n");
  if (begin == std::string::npos) return {};
  const std::size_t line_end = std::min(text->find('\n', begin), text->size());
  return text->substr(begin, text->find_last_not_of(" \t\n", line_end) - begin + 1);
}

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t begin = line.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t size = std::min(line.find_first_of(" \t\n"), line.size());
    words.push_back(line.substr(0, size));
    line.remove_prefix(size);
  }
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::uint64_t to_number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> list_folder(const std::string& path) {
  std::vector<std::string> names;
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return names;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

void Families::add(std::string_view name, std::string_view type, std::string_view help, telemetry::MetricLabels labels,
                   double value) {
  // Collectors go through their families round after round, so the one wanted is rarely far from the end.
  const auto known = std::find_if(families_.rbegin(), families_.rend(), [name](const auto& family) { return family.name == name; });
  telemetry::MetricFamily* family = known == families_.rend() ? nullptr : &*known;
  if (family == nullptr) family = &families_.emplace_back(telemetry::MetricFamily{std::string(name), std::string(help), type, {}});
  family->samples.push_back({"", std::move(labels), value});
}

HostReader::HostReader(HostView view) : view_(std::move(view)) {
  if (!view_.file_system_usage) view_.file_system_usage = ask_file_system;
  if (!view_.system_name) view_.system_name = ask_system_name;
  if (!view_.now_seconds) view_.now_seconds = ask_now;
}

std::vector<telemetry::MetricFamily> HostReader::read() const {
  Families families;
  std::vector<std::pair<double, bool>> outcomes;
  for (const Collector& collector : kCollectors) {
    const double started = view_.now_seconds();
    const bool success = collector.collect(view_, families).has_value();
    outcomes.emplace_back(view_.now_seconds() - started, success);
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const telemetry::MetricLabels labels{{"collector", std::string(kCollectors[i].name)}};
    families.add("node_scrape_collector_duration_seconds", "gauge", "node_exporter: Duration of a collector scrape.", labels, outcomes[i].first);
    families.add("node_scrape_collector_success", "gauge", "node_exporter: Whether a collector succeeded.", labels, outcomes[i].second ? 1 : 0);
  }
  return families.take();
}

}  // namespace isobar::host
