// The object graph of `isobar serve`. The only place that knows every part; parts know each other by interface.
// start() returns once requests are answered; stop() drains, flushes and returns.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "settings.h"

namespace isobar::app {

class Program {
 public:
  // `stop_asked` waits so long for the wish to stop; it is asked while a bucket cannot be reached, which is no reason to end.
  // kCancelled: it was asked to.
  using StopAsked = std::function<bool(Duration wait)>;
  static Result<std::unique_ptr<Program>> start(ServeSettings settings, const StopAsked& stop_asked);
  ~Program();

  // Address and port that are really bound.
  std::string url() const;
  // Loads the configuration file anew; on an error the old one stays.
  Result<void> reload();
  void stop();

 private:
  struct Parts;
  explicit Program(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace isobar::app
