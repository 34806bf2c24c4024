// Sends series of hosts, captured from a real node_exporter and carried on in time, by remote write 1.0 in order of time.
//   host_load URL CAPTURE_FOLDER HOSTS STEPS START_MS
// Steps of 15 s. Prints "step S" every simulated hour, then acknowledged=N failed=N retries=N seconds=S series=N.
#include <algorithm>
#include <cstdlib>

#include "host_series.h"
#include "remote_write_body.h"
#include "write_client.h"

namespace {

using namespace isobar;

constexpr std::uint32_t kHostsPerRequest = 5;

// Some hosts in one request.
struct Group {
  bench::RemoteWriteBody body;
  std::vector<std::uint32_t> hosts;  // of each sample
  std::vector<bench::SeriesWalk> walks;
};

std::vector<Group> groups_of(const std::vector<bench::CapturedSeries>& capture, std::uint32_t hosts) {
  std::vector<Group> groups;
  for (std::uint32_t first = 0; first < hosts; first += kHostsPerRequest) {
    Group& group = groups.emplace_back();
    bench::RemoteWriteBodyBuilder builder(1);
    for (std::uint32_t host = first; host < std::min(hosts, first + kHostsPerRequest); ++host) {
      for (std::size_t i = 0; i < capture.size(); ++i) {
        bench::LabelPairs pairs;
        const model::Labels labels = bench::labels_of(capture[i], host);
        for (const model::LabelView& label : labels) pairs.emplace_back(label.name, label.value);
        builder.add(pairs);
        group.hosts.push_back(host);
        group.walks.emplace_back(capture[i], host * 1'000'003ULL + i);
      }
    }
    group.body = builder.finish();
  }
  return groups;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return std::fprintf(stderr, "usage: host_load URL CAPTURE_FOLDER HOSTS STEPS START_MS\n"), 2;
  const auto capture = bench::load_capture(argv[2]);
  if (!capture) return std::fprintf(stderr, "%s\n", capture.error().message.c_str()), 1;
  const std::int64_t steps = std::atoll(argv[4]);
  const std::int64_t start = std::atoll(argv[5]);
  auto groups = groups_of(*capture, static_cast<std::uint32_t>(std::atoi(argv[3])));
  bench::WriteClient client(argv[1], 1);
  std::uint64_t acknowledged = 0, failed = 0, series = 0;
  for (const Group& group : groups) series += group.walks.size();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const auto began = std::chrono::steady_clock::now();
  for (std::int64_t step = 0; step < steps && failed == 0; ++step) {
    for (Group& group : groups) {
      for (std::size_t i = 0; i < group.walks.size(); ++i) {
        group.body.set_sample(i, bench::scrape_time(start, group.hosts[i], step), group.walks[i].next());
      }
      (client.send(group.body.bytes, false) ? acknowledged : failed) += group.walks.size();
    }
    if ((step + 1) % 240 == 0) std::printf("step %lld\n", static_cast<long long>(step + 1));
  }
  std::printf("acknowledged=%llu failed=%llu retries=%d seconds=%.2f series=%llu\n", static_cast<unsigned long long>(acknowledged),
              static_cast<unsigned long long>(failed), client.retries(),
              std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(), static_cast<unsigned long long>(series));
  return failed == 0 ? 0 : 1;
}
