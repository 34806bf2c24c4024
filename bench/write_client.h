// Sends remote-write requests of a bench until they are acknowledged, as a Prometheus would: 429, 5xx and a server that is
// slow to answer are tried again. One per thread.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "codec/compression.h"
#include "http/client.h"

namespace isobar::bench {

class WriteClient {
 public:
  WriteClient(std::string url, int version) : url_(std::move(url)), version_(version) {}

  // False: refused for good, or the server is gone; said on stderr. `until_failure`: anything but success is final.
  bool send(std::string_view body, bool until_failure) {
    const std::string packed = codec::snappy_compress(body);
    for (int attempt = 0;; ++attempt) {
      http::ClientRequest request;
      request.url = url_;
      request.timeout = Duration::minutes(5);
      request.headers.add("Content-Type", version_ == 1 ? "application/x-protobuf" : "application/x-protobuf;proto=io.prometheus.write.v2.Request");
      request.headers.add("Content-Encoding", "snappy");
      request.headers.add("X-Prometheus-Remote-Write-Version", version_ == 1 ? "0.1.0" : "2.0.0");
      request.body = packed;
      const auto response = client_.post(std::move(request));
      if (response && response->status / 100 == 2) return true;
      const bool again = !until_failure && attempt < 6000 && response && (response->status == 429 || response->status / 100 == 5);
      if (!again) {
        if (!until_failure) std::fprintf(stderr, "%s\n", response ? response->body.substr(0, 500).c_str() : response.error().message.c_str());
        return false;
      }
      ++retries_;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  int retries() const { return retries_; }

 private:
  std::string url_;
  int version_;
  http::Client client_;
  int retries_ = 0;
};

}  // namespace isobar::bench
