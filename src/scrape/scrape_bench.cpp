// CPU nanoseconds a sample of one scrape: parse, look up, build the batch. First with an empty cache, then with a warm
// one, which is the usual case. Argument: number of series (default 100000).
#include <ctime>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "scrape/collector.h"

namespace {

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace isobar;
  const long series = argc > 1 ? std::atol(argv[1]) : 100'000;
  std::string body;
  for (long i = 0; i < series; ++i) {
    body += fmt::format("http_requests_total{{method=\"GET\",handler=\"/api/v1/thing/{}\",code=\"200\",zone=\"eu-1\"}} {}.5\n", i, i);
  }
  scrape::ScrapeConfig config;
  const model::Labels target{{"job", "bench"}, {"instance", "host:9100"}};
  const model::Relabeler relabeler;
  scrape::SeriesCache cache;
  scrape::Collector collector(cache);
  for (int round = 0; round < 6; ++round) {
    const double started = cpu_ns();
    cache.begin();
    collector.reset(config, target, relabeler, exposition::Format::kText, 1000 * (round + 1));
    const auto parsed = exposition::parse(exposition::Format::kText, body, collector);
    collector.finish();
    static_cast<void>(cache.commit());
    const double spent = cpu_ns() - started;
    std::printf("%s: %.1f ns a sample, %.0f MB/s%s\n", round == 0 ? "cold" : "warm", spent / static_cast<double>(series),
                static_cast<double>(body.size()) * 1e3 / spent, parsed ? "" : ", FAILED");
  }
  return 0;
}
