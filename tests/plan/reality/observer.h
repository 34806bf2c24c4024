// A client of the platform: asks every service over and over and notes when one stops or begins to work, and what that
// does to the platform's abilities. It knows only what the processes answer.
//
// A change counts when two rounds in a row see it, with the time of the first: between the two questions of one round the
// world may turn.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "endpoints.h"
#include "plan/simulation/world.h"
#include "recorder.h"

namespace isobar::reality {

class Observer {
 public:
  using Lookup = std::function<std::vector<Endpoints>()>;  // by service of the world

  Observer(const plan::simulation::World& world, Lookup lookup, const ScaledClock& clock, Recorder& recorder);
  // Begins to ask; everything counts as up until it is seen otherwise.
  void begin();
  void end();
  // How much longer than meant the longest pause between two rounds was, in simulated milliseconds.
  std::int64_t worst_gap() const { return worst_gap_; }

 private:
  struct Seen {
    bool up = true;         // as noted
    bool doubted = false;   // the last round saw otherwise
    std::int64_t since = 0;
  };

  void round();
  void saw(const std::string& object, bool up, std::int64_t at);
  bool has_pods(const std::string& service) const;

  const plan::simulation::World& world_;
  const Lookup lookup_;
  const ScaledClock& clock_;
  Recorder& recorder_;
  std::map<std::string, Seen> seen_;
  std::int64_t last_round_ = 0;
  std::int64_t worst_gap_ = 0;
  std::jthread thread_;
};

}  // namespace isobar::reality
