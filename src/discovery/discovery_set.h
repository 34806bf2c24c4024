// All discoverers of one scrape job. Not thread-safe: one thread calls run_once() and reads groups().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "discovery/discovery.h"

namespace isobar::discovery {

class DiscoverySet {
 public:
  // `job` names the owner in logs and metrics.
  DiscoverySet(std::string job, const DiscoveryConfig& config, Surroundings surroundings);

  // Refreshes the discoverers that are due at `now` (all, the first time); true if any group changed. Blocks on files
  // and networks.
  bool run_once(Monotonic now);
  // True until run_once() was called: also a set without discoverers has groups to tell of then.
  bool needs_first_run() const { return first_run_; }
  // When run_once() has work again.
  Monotonic next_due() const;
  std::vector<TargetGroup> groups() const;
  // "kind: message" of discoverers whose last refresh failed.
  std::vector<std::string> errors() const;

 private:
  struct Member {
    std::unique_ptr<Discoverer> discoverer;  // null for the static groups
    Monotonic due;
    std::vector<TargetGroup> groups;
    std::string error;
  };
  void add(std::unique_ptr<Discoverer> discoverer);
  bool refresh(Member& member);

  std::string job_;
  Surroundings surroundings_;
  bool first_run_ = true;
  std::vector<Member> members_;
};

}  // namespace isobar::discovery
