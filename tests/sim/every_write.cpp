#include "every_write.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "world.h"

namespace isobar::sim {
namespace {

constexpr std::array<std::pair<const char*, FaultAt>, 8> kFaults{{{"crash-lose", FaultAt::kCrashLose},
                                                                   {"crash-keep", FaultAt::kCrashKeep},
                                                                   {"kill", FaultAt::kKill},
                                                                   {"fail", FaultAt::kFail},
                                                                   {"fail-lose", FaultAt::kFailLose},
                                                                   {"bucket-kill", FaultAt::kBucketKill},
                                                                   {"bucket-refuse", FaultAt::kBucketRefuse},
                                                                   {"bucket-lose", FaultAt::kBucketLoseAnswer}}};

using Step = void (*)(World&);

// Each kind of work once at least, and what comes before it so that it has something to do.
constexpr Step kFirstAct[] = {
    [](World& w) { w.start_as_it_is(); },
    [](World& w) { w.write(); },
    [](World& w) { w.write(); },
    [](World& w) { w.flush(true); },
    [](World& w) { w.write(); },
    [](World& w) { w.write(); },
    [](World& w) { w.flush(true); },
    [](World& w) { w.delete_some(); },
    [](World& w) { w.write(); },
    [](World& w) { w.merge(); },
    [](World& w) { w.merge(); },
    [](World& w) { w.write(); },
    [](World& w) { w.flush(true); },
    [](World& w) { w.delete_some(); },
    [](World& w) { w.clean(); },
    [](World& w) { w.write(); },
    [](World& w) { w.retain(); },
    [](World& w) { w.flush(true); },
    [](World& w) { w.merge(); },
    [](World& w) { w.apply_deletes(); },
    [](World& w) { w.clock().advance(Duration::hours(28)); },
    [](World& w) { w.downsample(); },
    [](World& w) { w.delete_some(); },
    [](World& w) { w.apply_deletes(); },
    [](World& w) { w.write(); },
};

// What came back goes on as if nothing had been.
constexpr Step kSecondAct[] = {
    [](World& w) { w.write(); },
    [](World& w) { w.flush(true); },
    [](World& w) { w.merge(); },
    [](World& w) { w.check(); },
};

void play(World& world, std::span<const Step> act) {
  for (std::size_t i = 0; i < act.size() && world.fault().empty(); ++i) {
    if (i > 0 && !world.running()) return;
    world.clock().advance(Duration::seconds(7));
    act[i](world);
  }
}

void come_back(World& world, SimFileSystem::CrashMode mode) {
  if (!world.fault().empty()) return;
  world.crash(mode);
  world.start();
}

// The history, with what goes wrong in the next call.
bool play_with_failure(World& world, const Place& place) {
  world.files().fail_after(place.at);
  world.expect_trouble();
  if (place.fault == FaultAt::kFailLose) world.files().crash_after_failure(world.random().below(30));
  play(world, kFirstAct);
  const bool reached = world.files().calls() > place.at;
  if (world.running()) world.settle();
  come_back(world, SimFileSystem::CrashMode::kLoseAllUnsynced);
  return reached;
}

bool play_with_bucket(World& world, const Place& place) {
  if (place.fault == FaultAt::kBucketKill) {
    world.bucket().kill_after(place.at);
  } else {
    world.bucket().fail_after(place.at, place.fault == FaultAt::kBucketLoseAnswer);
    world.expect_trouble();
  }
  play(world, kFirstAct);
  const bool reached = world.bucket().changes() > place.at;
  if (world.running()) world.settle();
  come_back(world, SimFileSystem::CrashMode::kLoseAllUnsynced);
  return reached;
}

bool play_with_fault(World& world, const Place& place) {
  if (world.on_bucket()) return play_with_bucket(world, place);
  if (place.fault == FaultAt::kFail || place.fault == FaultAt::kFailLose) return play_with_failure(world, place);
  world.files().crash_after(place.at);
  play(world, kFirstAct);
  const bool reached = world.files().crashed();
  if (place.fault == FaultAt::kKill) come_back(world, SimFileSystem::CrashMode::kKeepCache);
  come_back(world, place.fault == FaultAt::kCrashKeep ? SimFileSystem::CrashMode::kKeepSome : SimFileSystem::CrashMode::kLoseAllUnsynced);
  return reached;
}

}  // namespace

bool is_of_bucket(FaultAt fault) { return fault >= FaultAt::kBucketKill; }

std::string arguments_of(const Place& place) {
  const char* name = kFaults[static_cast<std::size_t>(place.fault)].first;
  return fmt::format("--script {} --fault {} --at {}", place.script, name, place.at);
}

std::optional<FaultAt> fault_of(const std::string& name) {
  for (const auto& [known, fault] : kFaults) {
    if (name == known) return fault;
  }
  return std::nullopt;
}

std::string run_at(const Place& place, bool tell, bool& reached, FaultCounts& counts) {
  World world(place.script, tell, is_of_bucket(place.fault) ? World::Ground::kBucket : World::Ground::kDisk);
  world.choose_options();
  world.options().partitions = 2;
  world.options().segment_bytes = 1024;  // so that so short a history trims the log
  reached = play_with_fault(world, place);
  if (world.running()) play(world, kSecondAct);
  if (world.running()) world.settle();
  come_back(world, SimFileSystem::CrashMode::kLoseAllUnsynced);
  counts += world.counts();
  return world.fault();
}

}  // namespace isobar::sim
