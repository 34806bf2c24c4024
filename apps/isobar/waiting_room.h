// What answers while the bucket cannot be reached: alive, not ready, and why. The process neither ends nor hides.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "http/server.h"

namespace isobar::app {

class WaitingRoom {
 public:
  static Result<std::unique_ptr<WaitingRoom>> open(const std::string& listen);
  void set_reason(std::string reason);
  // The port is free afterwards.
  void close();

 private:
  WaitingRoom() = default;
  http::Response answer(const http::Request& request);

  std::mutex mutex_;
  std::string reason_ = "the bucket is being opened";
  std::unique_ptr<http::Server> server_;
};

}  // namespace isobar::app
