// The generator of ./dev bench metrics: N series, one sample each a round, as fast as the server takes them or at a rate.
// Time is simulated: it advances by --step-ms a round, whatever the clock says; with --rate both agree.
//
//   metrics_load --url URL --series N --rounds R [--version 1|2] [--metadata] [--shape node|select|requests|histogram]
//                [--start MS] [--step-ms 15000] [--connections 2] [--per-request 10000] [--churn 1] [--rate N] [--until-failure]
//
// --churn: percent of the targets that are replaced in each simulated minute; their series end, as many others begin.
// A request carries up to --per-request series, always the same ones over the same connection. Sample n of a request has
// the value n * 1.5 + round; requests and buckets of histograms grow by a few each round, never by the same. --start defaults to the rounds before now.
//
// Prints "round R acknowledged N" every simulated minute (or every tenth round without), and at the end
//   acknowledged=N failed=N retries=N seconds=S
// With --until-failure it stops at the first failure and prints "last REQUEST ROUND" for each request before that line.
#include <atomic>
#include <cstdlib>
#include <map>

#include "base/hash.h"
#include "remote_write_body.h"
#include "write_client.h"

namespace {

using namespace isobar;
using Clock = std::chrono::steady_clock;

struct Options {
  std::map<std::string, std::string> words;
  std::string text(const std::string& name, const std::string& otherwise) const {
    const auto at = words.find(name);
    return at == words.end() ? otherwise : at->second;
  }
  double number(const std::string& name, double otherwise) const {
    const auto at = words.find(name);
    return at == words.end() ? otherwise : std::atof(at->second.c_str());
  }
  bool has(const std::string& name) const { return words.contains(name); }
};

bool parse(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--metadata" || name == "--until-failure") {
      out.words[name] = "1";
    } else if (name.starts_with("--") && i + 1 < argc) {
      out.words[name] = argv[++i];
    } else {
      return false;
    }
  }
  return out.has("--url") && out.has("--series") && out.has("--rounds");
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Load {
 public:
  explicit Load(const Options& o)
      : url_(o.text("--url", "")),
        version_(static_cast<int>(o.number("--version", 1))),
        metadata_(o.has("--metadata")),
        shape_(o.text("--shape", "node")),
        series_(static_cast<int>(o.number("--series", 0))),
        rounds_(static_cast<int>(o.number("--rounds", 1))),
        step_ms_(static_cast<std::int64_t>(o.number("--step-ms", 15'000))),
        per_request_(static_cast<int>(o.number("--per-request", 10'000))),
        churn_(o.number("--churn", 0)),
        rate_(o.number("--rate", 0)),
        until_failure_(o.has("--until-failure")),
        start_(static_cast<std::int64_t>(o.number("--start", static_cast<double>(rate_ > 0 ? now_ms() : now_ms() - rounds_ * step_ms_)))),
        requests_((series_ + per_request_ - 1) / per_request_),
        connections_(std::min(static_cast<int>(o.number("--connections", 2)), requests_)),
        last_(static_cast<std::size_t>(requests_), -1) {}

  int run() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    began_ = Clock::now();
    std::vector<std::thread> threads;
    for (int c = 0; c < connections_; ++c) threads.emplace_back([this, c] { work(c); });
    for (std::thread& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    if (until_failure_) {
      for (int r = 0; r < requests_; ++r) std::printf("last %d %d\n", r, last_[static_cast<std::size_t>(r)]);
    }
    std::printf("acknowledged=%llu failed=%llu retries=%d start=%lld seconds=%.2f\n", static_cast<unsigned long long>(acknowledged_.load()),
                static_cast<unsigned long long>(failed_.load()), retries_.load(), static_cast<long long>(start_), seconds);
    return failed_.load() == 0 ? 0 : 1;
  }

 private:
  // How often target t was replaced by the start of the round: they take turns.
  int epoch_of(int target, int round) const {
    if (churn_ <= 0) return 0;
    const int targets = std::max(1, series_ / bench::kSeriesPerTarget);
    const double minutes = static_cast<double>(round * step_ms_ / 60'000);
    const double replaced = minutes * targets * churn_ / 100;
    return replaced <= target ? 0 : 1 + static_cast<int>((replaced - target - 1) / targets);
  }
  bool changes(int request, int round) const {
    if (round == 0 || churn_ <= 0) return false;
    const int from = request * per_request_ / bench::kSeriesPerTarget;
    const int to = std::min(series_, (request + 1) * per_request_) / bench::kSeriesPerTarget;
    for (int t = from; t <= to; ++t) {
      if (epoch_of(t, round) != epoch_of(t, round - 1)) return true;
    }
    return false;
  }
  bench::RemoteWriteBody body(int request, int round) const {
    bench::RemoteWriteBodyBuilder to(version_, metadata_);
    for (int i = request * per_request_; i < std::min(series_, (request + 1) * per_request_); ++i) {
      to.add(shape_ == "select"      ? bench::select_series(i)
             : shape_ == "histogram" ? bench::bucket_series(i)
             : shape_ == "requests"  ? bench::request_series(i)
                                     : bench::node_series(i, epoch_of(i / bench::kSeriesPerTarget, round)));
    }
    return to.finish();
  }

  // Counters grow by a few each round, buckets of a histogram together; `counts` is what they have come to.
  void observe(int request, int round, std::vector<double>& counts, bench::RemoteWriteBody& body) const {
    const std::size_t buckets = shape_ == "histogram" ? bench::kBuckets : 1;
    counts.resize(body.samples.size());
    double below = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (i % buckets == 0) below = 0;
      const auto salt = static_cast<std::uint64_t>(request) << 40 | static_cast<std::uint64_t>(round) << 20 | i;
      const std::uint64_t noise = hash64({reinterpret_cast<const char*>(&salt), sizeof(salt)});
      counts[i] += static_cast<double>(noise % (24 - i % buckets));
      below += counts[i];
      body.set_sample(i, start_ + round * step_ms_, below);
    }
  }

  void wait_for_turn(int request, int round) const {
    if (rate_ <= 0) return;
    const double samples = static_cast<double>(round) * series_ + static_cast<double>(request) * per_request_;
    std::this_thread::sleep_until(began_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(samples / rate_)));
  }

  void work(int connection) {
    bench::WriteClient client(url_, version_);
    std::map<int, bench::RemoteWriteBody> bodies;
    std::map<int, std::vector<double>> counts;
    for (int round = 0; round < rounds_; ++round) {
      for (int request = connection; request < requests_; request += connections_) {
        if (until_failure_ && failed_.load() != 0) break;
        if (!bodies.contains(request) || changes(request, round)) bodies[request] = body(request, round);
        bench::RemoteWriteBody& now = bodies[request];
        if (shape_ == "histogram" || shape_ == "requests") {
          observe(request, round, counts[request], now);
        } else {
          now.set(start_ + round * step_ms_, round);
        }
        wait_for_turn(request, round);
        const bool ok = client.send(now.bytes, until_failure_);
        (ok ? acknowledged_ : failed_).fetch_add(now.samples.size());
        if (ok) last_[static_cast<std::size_t>(request)] = round;
      }
      if (failed_.load() > 100'000) break;
      if (connection == 0 && (round + 1) % (churn_ > 0 ? std::max<std::int64_t>(1, 60'000 / step_ms_) : 10) == 0) {
        std::printf("round %d acknowledged %llu\n", round + 1, static_cast<unsigned long long>(acknowledged_.load()));
      }
    }
    retries_.fetch_add(client.retries());
  }

  std::string url_;
  int version_;
  bool metadata_;
  std::string shape_;
  int series_;
  int rounds_;
  std::int64_t step_ms_;
  int per_request_;
  double churn_;
  double rate_;
  bool until_failure_;
  std::int64_t start_;
  int requests_;
  int connections_;
  std::vector<int> last_;  // by request; each belongs to one thread
  Clock::time_point began_;
  std::atomic<std::uint64_t> acknowledged_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<int> retries_{0};
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(stderr, "usage: metrics_load --url URL --series N --rounds R [--version 1|2] [--metadata] [--shape node|select|requests|histogram]\n"
                         "  [--start MS] [--step-ms 15000] [--connections 2] [--per-request 10000] [--churn PERCENT] [--rate N]\n"
                         "  [--until-failure]\n");
    return 2;
  }
  return Load(options).run();
}
