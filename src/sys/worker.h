// One background thread that runs `run_once` again and again, at most `interval` apart, sooner after wake().
// The work itself is an ordinary function that tests call directly. stop() waits for the current run.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/time.h"

namespace isobar::sys {

class Worker {
 public:
  Worker(std::string name, Duration interval, std::function<void()> run_once);
  ~Worker();
  void wake();
  void stop();

 private:
  void run();

  Duration interval_;
  std::function<void()> run_once_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace isobar::sys
