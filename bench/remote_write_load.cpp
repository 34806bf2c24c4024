// Sends remote-write 1.0 requests and counts what is acknowledged: 204 or not. A process of its own, so that a server's
// CPU can be told from the generator's.
//
//   remote_write_load URL SERIES ROUNDS CONNECTIONS [START_MS [FIRST_ROUND]]
//
// Prints: acknowledged=N failed=N seconds=S. Every series gets one sample a round, 15 s apart, 10,000 samples a request.
// With FIRST_ROUND it also prints "BODY ROUND" for each acknowledged request, counts rounds from there, and stops at the
// first request that fails: so a test knows what a killed server had promised.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "codec/compression.h"
#include "http/client.h"
#include "remote_write_body.h"

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: remote_write_load URL SERIES ROUNDS CONNECTIONS [START_MS [FIRST_ROUND]]\n");
    return 2;
  }
  using namespace isobar;
  constexpr int kSamplesPerRequest = 10'000;
  const std::string url = argv[1];
  const int bodies_total = std::max(1, std::atoi(argv[2]) / kSamplesPerRequest);
  const int rounds = std::atoi(argv[3]);
  const int connections = std::min(std::atoi(argv[4]), bodies_total);
  const std::int64_t start = argc > 5 ? std::atoll(argv[5])
                                      : std::chrono::duration_cast<std::chrono::milliseconds>(
                                            std::chrono::system_clock::now().time_since_epoch())
                                                .count() -
                                            std::int64_t{rounds} * 15'000;
  const bool report = argc > 6;
  const int first_round = report ? std::atoi(argv[6]) : 0;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> failed{0};
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int c = 0; c < connections; ++c) {
    threads.emplace_back([&, c] {
      http::Client client;
      std::vector<bench::RemoteWriteBody> bodies;
      std::vector<int> numbers;
      for (int b = c; b < bodies_total; b += connections) {
        numbers.push_back(b);
        bodies.push_back(bench::remote_write_body(b * kSamplesPerRequest, kSamplesPerRequest, false));
      }
      for (int round = first_round; round < first_round + rounds; ++round) {
        for (std::size_t i = 0; i < bodies.size(); ++i) {
          if (report && failed.load() != 0) return;
          auto& body = bodies[i];
          body.set(start + std::int64_t{round} * 15'000, round);
          http::ClientRequest request;
          request.url = url;
          request.headers.add("Content-Type", "application/x-protobuf");
          request.headers.add("Content-Encoding", "snappy");
          request.headers.add("X-Prometheus-Remote-Write-Version", "0.1.0");
          request.body = codec::snappy_compress(body.bytes);
          const auto response = client.post(std::move(request));
          const bool ok = response && response->status == 204;
          (ok ? acknowledged : failed).fetch_add(kSamplesPerRequest);
          if (ok && report) std::printf("%d %d\n", numbers[i], round);
          if (!ok && failed.load() <= 3 * kSamplesPerRequest) {
            std::fprintf(stderr, "%s\n", response ? response->body.c_str() : response.error().message.c_str());
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("acknowledged=%llu failed=%llu seconds=%.2f\n", static_cast<unsigned long long>(acknowledged.load()),
              static_cast<unsigned long long>(failed.load()), seconds);
  return failed.load() == 0 ? 0 : 1;
}
