#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "exposition/exposition.h"
#include "host/host_collector.h"
#include "host/process_metrics.h"
#include "http/client.h"
#include "model/sample.h"

namespace isobar::host {
namespace {

namespace fs = std::filesystem;

std::string series_text(std::string_view name, const telemetry::MetricLabels& labels) {
  model::LabelsBuilder builder;
  for (const auto& [key, value] : labels) builder.set(key, value);
  return builder.set("__name__", name).build().to_string();
}

std::map<std::string, double> read_all(const HostReader& reader) {
  std::map<std::string, double> values;
  for (const auto& family : reader.read()) {
    for (const auto& sample : family.samples) values[series_text(family.name + sample.suffix, sample.labels)] = sample.value;
  }
  return values;
}

// A machine made of files.
class HostFixture : public testing::Test {
 protected:
  HostFixture() {
    folder_ = fs::temp_directory_path() / fmt::format("isobar-host-{}-{}", testing::UnitTest::GetInstance()->current_test_info()->name(), ::getpid());
    write("proc/stat",
          "cpu  30 2 3 40 5 6 7 8 9 10\ncpu0 10 1 2 30 4 5 6 7 8 9\ncpu1 20 1 1 10 1 1 1 1 1 1\nintr 8885917 17 0\nctxt 38014093\n"
          "btime 1418183276\nprocesses 26442\nprocs_running 2\nprocs_blocked 1\nsoftirq 5057579 250191\n");
    write("proc/meminfo", "MemTotal:       3742148 kB\nActive(anon):   2068484 kB\nHugePages_Total:       3\n");
    write("proc/loadavg", "0.21 0.37 0.39 1/719 19737\n");
    write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
    write("proc/pressure/io", "some avg10=0.1 total=2000000\nfull avg10=0.1 total=1000000\n");
    write("proc/diskstats",
          "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11\n"
          " 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11\n 259       1 nvme0n1p1 1 2 3 4 5 6 7 8 9 10 11\n   7       0 loop0 1 2 3\n");
    write("udev/b8:0", "S:disk/x\nE:ID_MODEL=SomeDisk\nE:ID_SERIAL_SHORT=S1\nE:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=1\nE:ID_FS_TYPE=ext4\n");
    write("proc/1/mounts",
          "/dev/sda1 / ext4 ro,relatime 0 0\nproc /proc proc rw 0 0\n/dev/sdb /data\\040disk xfs rw 0 0\n/dev/sdb /data\\040disk xfs rw 0 0\n"
          "/dev/sdc /gone ext4 rw 0 0\ntmpfs /run/x tmpfs rw 0 0\n/dev/x /var/lib/docker/y ext4 rw 0 0\noverlay /o overlay rw 0 0\n");
    for (const char* file : {"rx_bytes", "rx_packets", "rx_dropped", "rx_missed_errors", "rx_nohandler"}) {
      write(std::string("sys/class/net/eth0/statistics/") + file, "7\n");
      write(std::string("sys/class/net/lo/statistics/") + file, "9\n");
    }
    write("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet \n");
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    for (const char* cpu : {"cpu0", "cpu1"}) {
      const std::string at = std::string("sys/devices/system/cpu/") + cpu;
      write(at + "/topology/core_id", "0\n");
      write(at + "/topology/physical_package_id", "1\n");
      write(at + "/thermal_throttle/core_throttle_count", "5\n");
      write(at + "/thermal_throttle/package_throttle_count", "6\n");
    }
    view_.proc = folder_ / "proc";
    view_.sys = folder_ / "sys";
    view_.udev = folder_ / "udev";
    view_.file_system_usage = [](const std::string& path) -> std::optional<FileSystemUsage> {
      if (path == "/gone") return std::nullopt;
      return FileSystemUsage{4096, 100, 50, 40, 30, 20};
    };
    view_.system_name = [] { return SystemName{"Linux", "n", "6.1", "#1", "x86_64", "(none)"}; };
    view_.now_seconds = [] { return 1000.5; };
  }
  ~HostFixture() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }

  fs::path folder_;
  HostView view_;
};

TEST_F(HostFixture, ReadsEveryCollector) {
  const auto values = read_all(HostReader(view_));
  const std::pair<const char*, double> expected[] = {
      {R"(node_cpu_seconds_total{cpu="0", mode="user"})", 0.1},
      {R"(node_cpu_seconds_total{cpu="0", mode="steal"})", 0.07},
      {R"(node_cpu_guest_seconds_total{cpu="0", mode="nice"})", 0.09},
      {R"(node_cpu_core_throttles_total{core="0", package="1"})", 5},
      {R"(node_cpu_package_throttles_total{package="1"})", 6},
      {"node_intr_total", 8885917},
      {"node_boot_time_seconds", 1418183276},
      {"node_procs_blocked", 1},
      {"node_memory_MemTotal_bytes", 3742148.0 * 1024},
      {"node_memory_Active_anon_bytes", 2068484.0 * 1024},
      {"node_memory_HugePages_Total", 3},
      {"node_load15", 0.39},
      {"node_pressure_cpu_waiting_seconds_total", 14.036781},
      {"node_pressure_io_stalled_seconds_total", 1},
      {R"(node_disk_read_bytes_total{device="sda"})", 3 * 512},
      {R"(node_disk_write_time_seconds_total{device="nvme0n1"})", 0.008},
      {R"(node_disk_flush_requests_time_seconds_total{device="sda"})", 0.017},
      {R"(node_disk_info{device="sda", major="8", minor="0", model="SomeDisk", serial="S1"})", 1},
      {R"(node_disk_ata_write_cache{device="sda"})", 1},
      {R"(node_disk_filesystem_info{device="sda", type="ext4"})", 1},
      {R"(node_filesystem_size_bytes{device="/dev/sda1", fstype="ext4", mountpoint="/"})", 409600},
      {R"(node_filesystem_readonly{device="/dev/sda1", fstype="ext4", mountpoint="/"})", 1},
      {R"(node_filesystem_avail_bytes{device="/dev/sdb", fstype="xfs", mountpoint="/data disk"})", 40 * 4096},
      {R"(node_filesystem_device_error{device="/dev/sdc", fstype="ext4", mountpoint="/gone"})", 1},
      {R"(node_network_receive_drop_total{device="eth0"})", 14},
      {R"(node_network_receive_nohandler_total{device="eth0"})", 7},
      {"node_time_seconds", 1000.5},
      {R"(node_time_clocksource_available_info{clocksource="hpet", device="0"})", 1},
      {R"x(node_uname_info{domainname="(none)", machine="x86_64", nodename="n", release="6.1", sysname="Linux", version="#1"})x", 1},
      {R"(node_scrape_collector_success{collector="cpu"})", 1}};
  for (const auto& [series, value] : expected) {
    ASSERT_TRUE(values.contains(series)) << series;
    EXPECT_DOUBLE_EQ(values.at(series), value) << series;
  }
  for (const char* absent : {R"(node_disk_reads_completed_total{device="sda1"})", R"(node_disk_reads_completed_total{device="nvme0n1p1"})",
                             R"(node_disk_discards_completed_total{device="nvme0n1"})", R"(node_network_receive_bytes_total{device="lo"})",
                             R"(node_filesystem_size_bytes{device="/dev/sdc", fstype="ext4", mountpoint="/gone"})",
                             R"(node_filesystem_device_error{device="tmpfs", fstype="tmpfs", mountpoint="/run/x"})",
                             "node_pressure_memory_waiting_seconds_total"}) {
    EXPECT_FALSE(values.contains(absent)) << absent;
  }
}

TEST_F(HostFixture, ACollectorThatFailsLeavesTheOthers) {
  fs::remove(folder_ / "proc/meminfo");
  const auto values = read_all(HostReader(view_));
  EXPECT_EQ(values.at(R"(node_scrape_collector_success{collector="meminfo"})"), 0);
  EXPECT_EQ(values.at(R"(node_scrape_collector_success{collector="stat"})"), 1);
}

TEST_F(HostFixture, WritesRoundsAndMarksWhatIsGone) {
  class Sink : public model::SampleSink {
   public:
    Result<void> write(std::string_view tenant, const model::WriteBatch& batch) override {
      EXPECT_EQ(tenant, "t");
      if (fails) return fail(Code::kUnavailable, "away");
      lines.clear();
      metadata = batch.metadata.size();
      for (const auto& sample : batch.floats) {
        EXPECT_EQ(sample.timestamp, 5000);
        lines[model::Labels::parse_canonical(batch.series[sample.series])->to_string()] = sample.value;
      }
      return {};
    }
    bool fails = false;
    std::size_t metadata = 0;
    std::map<std::string, double> lines;
  } sink;
  telemetry::Registry registry;
  HostCollector host({.view = view_, .tenant = "t", .instance = "n:1"}, sink, registry);
  ASSERT_TRUE(host.run_once(Timestamp{5000}));
  EXPECT_EQ(sink.lines.at(R"(node_load1{instance="n:1", job="node"})"), 0.21);
  EXPECT_EQ(sink.lines.at(R"(up{instance="n:1", job="node"})"), 1);
  EXPECT_GT(sink.metadata, 20u);
  fs::remove(folder_ / "proc/loadavg");
  sink.fails = true;
  EXPECT_FALSE(host.run_once(Timestamp{5000}));
  EXPECT_GT(registry.counter("isobar_host_samples_lost_total", "").value(), 50u);
  sink.fails = false;
  ASSERT_TRUE(host.run_once(Timestamp{5000}));
  EXPECT_TRUE(model::is_stale_nan(sink.lines.at(R"(node_load1{instance="n:1", job="node"})")));
  EXPECT_EQ(sink.metadata, 0u);
  ASSERT_TRUE(host.run_once(Timestamp{5000}));
  EXPECT_FALSE(sink.lines.contains(R"(node_load1{instance="n:1", job="node"})"));
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  telemetry::Registry registry;
  register_process_metrics(registry);
  std::map<std::string, double> values;
  for (const auto& family : registry.snapshot()) values[family.name] = family.samples.at(0).value;
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(values.at("process_virtual_memory_bytes"), values.at("process_resident_memory_bytes"));
  EXPECT_GE(values.at("process_open_fds"), 3);
  EXPECT_GT(values.at("process_max_fds"), values.at("process_open_fds"));
  EXPECT_GT(values.at("process_start_time_seconds"), 1e9);
  EXPECT_GE(values.at("process_threads"), 1);
}

// Debian's node_exporter with the collectors that we cover, on a port of its choice.
class NodeExporter {
 public:
  NodeExporter() {
    int pipe_ends[2];
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return;
    std::vector<std::string> arguments{kPath, "--web.listen-address=127.0.0.1:0", "--collector.disable-defaults"};
    for (const char* name : {"cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "pressure", "stat", "time", "uname"}) {
      arguments.push_back(std::string("--collector.") + name);
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 2);
    if (::posix_spawn(&pid_, kPath, &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe_ends[1]);
    read_address(pipe_ends[0]);
    log_ = pipe_ends[0];
  }
  ~NodeExporter() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    if (log_ >= 0) ::close(log_);
  }
  static bool installed() { return fs::exists(kPath); }
  std::string url() const { return "http://" + address_ + "/metrics"; }
  bool listens() const { return !address_.empty(); }

 private:
  static constexpr const char* kPath = "/usr/bin/prometheus-node-exporter";

  // Its log says: msg="Listening on" address=127.0.0.1:41234
  void read_address(int fd) {
    std::string log;
    char bytes[1024];
    for (ssize_t n = 0; (n = ::read(fd, bytes, sizeof(bytes))) > 0;) {
      log.append(bytes, static_cast<std::size_t>(n));
      const std::size_t listening = log.find("Listening on\" address=");
      if (listening == std::string::npos) continue;
      const std::size_t begin = listening + std::string_view("Listening on\" address=").size();
      const std::size_t end = log.find('\n', begin);
      if (end == std::string::npos) continue;
      address_ = log.substr(begin, log.find_first_of(" \n", begin) - begin);
      return;
    }
  }

  pid_t pid_ = -1;
  int log_ = -1;
  std::string address_;
};

class SeriesOfPage : public exposition::Visitor {
 public:
  exposition::Next on_sample(const exposition::SampleEvent& sample) override {
    Arena arena;
    std::vector<model::LabelView> labels;
    EXPECT_TRUE(exposition::decode_series(exposition::Format::kText, sample.series, sample.type, arena, labels));
    const std::string text = model::Labels::from_pairs(labels).to_string();
    if (text.starts_with("node_") && !text.starts_with("node_exporter_build_info")) values[text] = sample.value;
    return exposition::Next::kContinue;
  }
  exposition::Next on_metadata(const exposition::MetadataEvent& event) override {
    if (event.kind == exposition::MetadataKind::kType) types[std::string(event.metric)] = model::metric_type_name(event.type);
    return exposition::Next::kContinue;
  }
  std::map<std::string, double> values;
  std::map<std::string, std::string> types;
};

TEST(NodeExporter, HasTheSameSeries) {
  if (!NodeExporter::installed()) GTEST_SKIP() << "prometheus-node-exporter is not installed";
  const NodeExporter exporter;
  ASSERT_TRUE(exporter.listens());
  http::Client client;
  std::set<std::string> only_theirs;
  std::set<std::string> only_ours;
  for (int attempt = 0; attempt < 5; ++attempt) {  // a mount or an interface may come between the two readings
    const auto page = client.get({.url = exporter.url()});
    const HostReader reader;
    const auto families = reader.read();
    const auto ours = read_all(reader);
    ASSERT_TRUE(page) << page.error().message;
    SeriesOfPage theirs;
    ASSERT_TRUE(exposition::parse(exposition::Format::kText, page->body, theirs));
    only_theirs.clear();
    only_ours.clear();
    for (const auto& [series, value] : theirs.values) {
      if (!ours.contains(series)) only_theirs.insert(series);
    }
    for (const auto& [series, value] : ours) {
      if (!theirs.values.contains(series)) only_ours.insert(series);
    }
    if (!only_theirs.empty() || !only_ours.empty()) continue;
    EXPECT_GT(ours.size(), 100u);
    for (const auto& family : families) EXPECT_EQ(theirs.types.at(family.name), family.type) << family.name;
    // Values that stand still between two readings are the same; counters do not run backwards.
    for (const auto& [series, value] : theirs.values) {
      for (const char* fixed : {"node_memory_MemTotal", "node_filesystem_size", "node_filesystem_files{", "node_boot_time", "node_time_zone"}) {
        if (series.starts_with(fixed)) {
          EXPECT_EQ(ours.at(series), value) << series;
        }
      }
      const bool counter = series.find("_total") != std::string::npos && series.find("_info") == std::string::npos;
      if (!counter) continue;
      EXPECT_GE(ours.at(series), value * 0.999) << series;
      EXPECT_LE(ours.at(series), value * 1.5 + 1e8) << series;
    }
    return;
  }
  EXPECT_EQ(only_theirs, std::set<std::string>{});
  EXPECT_EQ(only_ours, std::set<std::string>{});
}

}  // namespace
}  // namespace isobar::host
