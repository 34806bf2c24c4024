#include "observer.h"

#include <algorithm>
#include <utility>

namespace isobar::reality {
namespace {

// Between two rounds, in simulated milliseconds.
constexpr std::int64_t kPause = 1000;

}  // namespace

Observer::Observer(const plan::simulation::World& world, Lookup lookup, const ScaledClock& clock, Recorder& recorder)
    : world_(world), lookup_(std::move(lookup)), clock_(clock), recorder_(recorder) {}

void Observer::begin() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const std::int64_t next = clock_.now() + kPause;
      round();
      std::this_thread::sleep_until(clock_.real(next));
    }
  });
}

void Observer::end() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Observer::round() {
  const std::vector<Endpoints> endpoints = lookup_();
  const std::int64_t at = clock_.now();
  worst_gap_ = std::max(worst_gap_, at - std::exchange(last_round_, at) - kPause);
  bool write = true;
  bool read = true;
  bool whole = true;
  bool honest = true;
  for (std::size_t s = 0; s < world_.services.size(); ++s) {
    const plan::simulation::Service& service = world_.services[s];
    if (!service.external && !has_pods(service.name)) continue;
    const bool says = ask_service(endpoints[s], 'h') != 'n';
    const char works = ask_service(endpoints[s], 'w');
    const bool up = works != 'n';
    saw("service/" + service.name, up, at);
    const plan::simulation::Needs& needs = service.needed_for;
    write &= up || !needs.write;
    read &= up || !needs.read;
    whole &= works == 'y' || !(needs.write || needs.read || needs.degraded);
    honest &= up || !says;
  }
  saw("platform/write", write, at);
  saw("platform/read", read, at);
  saw("platform/whole", whole, at);
  saw("platform/honest", honest, at);
}

// DaemonSets do not run here.
bool Observer::has_pods(const std::string& service) const {
  return std::ranges::any_of(world_.pods, [&](const plan::simulation::Pod& pod) {
    return pod.service == service && pod.owner != plan::simulation::Owner::kDaemonSet;
  });
}

void Observer::saw(const std::string& object, bool up, std::int64_t at) {
  Seen& seen = seen_[object];
  if (up == seen.up) {
    seen.doubted = false;
    return;
  }
  if (!seen.doubted) {
    seen.doubted = true;
    seen.since = at;
    return;
  }
  seen.up = up;
  seen.doubted = false;
  recorder_.note(seen.since, object, up ? "Up" : "Down");
}

}  // namespace isobar::reality
