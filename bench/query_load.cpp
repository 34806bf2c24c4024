// How long answers take over HTTP, from the first byte sent to the last one read; one connection.
//   query_load COUNT SECONDS_BETWEEN [NAME URL]...
// Takes turns over the URLs until each was asked COUNT times (0: until stdin ends). Prints for each NAME, which several URLs
// may share,
//   NAME count=N failed=N median_ms=M p99_ms=P most_ms=W total_ms=T bytes=B
// and the same for "all".
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "http/client.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Question {
  std::string name;
  std::string url;
  std::vector<double> ms;
  int failed = 0;
  std::size_t bytes = 0;
};

double quantile(std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(q * static_cast<double>(sorted.size())))];
}

void print(Question& q) {
  std::sort(q.ms.begin(), q.ms.end());
  std::printf("%s count=%zu failed=%d median_ms=%.2f p99_ms=%.2f most_ms=%.2f total_ms=%.2f bytes=%zu\n", q.name.c_str(), q.ms.size(), q.failed,
              quantile(q.ms, 0.5), quantile(q.ms, 0.99), q.ms.empty() ? 0 : q.ms.back(), std::accumulate(q.ms.begin(), q.ms.end(), 0.0), q.bytes);
}

bool stdin_ended() {
  pollfd in{STDIN_FILENO, POLLIN, 0};
  if (::poll(&in, 1, 0) <= 0) return false;
  char byte = 0;
  return ::read(STDIN_FILENO, &byte, 1) <= 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || argc % 2 == 0) return std::fprintf(stderr, "usage: query_load COUNT SECONDS_BETWEEN [NAME URL]...\n"), 2;
  const int count = std::atoi(argv[1]);
  const std::chrono::duration<double> pause(std::atof(argv[2]));
  std::vector<Question> questions;
  for (int i = 3; i + 1 < argc; i += 2) questions.push_back({argv[i], argv[i + 1], {}, 0, 0});
  isobar::http::Client client;
  for (int round = 0; count == 0 ? !stdin_ended() : round < count; ++round) {
    for (Question& q : questions) {
      isobar::http::ClientRequest request;
      request.url = q.url;
      request.timeout = isobar::Duration::minutes(2);
      request.max_body_bytes = 0;
      request.accept_gzip = false;
      const auto start = Clock::now();
      const auto answer = client.get(std::move(request));
      q.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
      if (answer && answer->status == 200) {
        q.bytes = answer->body.size();
      } else {
        if (++q.failed <= 3) std::fprintf(stderr, "%s: %s\n", q.name.c_str(), answer ? answer->body.substr(0, 300).c_str() : answer.error().message.c_str());
      }
      std::this_thread::sleep_for(pause);
    }
  }
  std::map<std::string, Question> by_name;
  Question all{"all", {}, {}, 0, 0};
  for (const Question& q : questions) {
    for (Question* sum : {&by_name[q.name], &all}) {
      if (sum->name.empty()) sum->name = q.name;
      sum->ms.insert(sum->ms.end(), q.ms.begin(), q.ms.end());
      sum->failed += q.failed;
      sum->bytes = q.bytes;
    }
  }
  for (auto& [name, q] : by_name) print(q);
  print(all);
  return 0;
}
