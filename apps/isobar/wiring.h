// The object graph of `isobar serve`. The only place that knows every part; parts know each other by interface.
// start() returns once requests are answered; stop() drains, flushes and returns.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "settings.h"

namespace isobar::app {

class Program {
 public:
  static Result<std::unique_ptr<Program>> start(ServeSettings settings);
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
