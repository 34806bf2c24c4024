#include "random_history.h"

#include "world.h"

namespace isobar::sim {
namespace {

void plant_faults(World& world) {
  sys::Random& random = world.random();
  SimFileSystem& files = world.files();
  if (random.chance(2, 3)) files.crash_after(random.below(150));
  if (random.chance(1, 4)) files.set_sync_failures(100);
  if (random.chance(1, 4)) files.set_write_failures(50);
  if (random.chance(1, 6)) files.set_capacity(files.used_bytes() + random.below(60'000));
  if (random.chance(1, 3)) files.set_slowness(&world.clock(), 50);
  if (random.chance(1, 2)) return;
  world.expect_trouble();
  files.set_read_failures(static_cast<std::uint32_t>(random.below(40)));
  files.set_name_failures(static_cast<std::uint32_t>(random.below(80)));
}

void shorten(World& world) {
  const std::uint64_t dice = world.random().below(10);
  if (dice < 5) return world.delete_some();
  if (dice < 7) return world.clean();
  if (dice < 8) return world.apply_deletes();
  world.retain();
}

void operate(World& world) {
  sys::Random& random = world.random();
  world.clock().advance(Duration{static_cast<std::int64_t>(random.below(20'000))});
  if (random.chance(1, 50)) world.jump_clock();
  const std::uint64_t dice = random.below(100);
  if (dice < 60) {
    world.write();
  } else if (dice < 70) {
    shorten(world);
  } else if (dice < 82) {
    world.flush(random.chance(1, 2));
    if (!random.chance(1, 2)) return;
    world.merge();
    if (world.running()) world.downsample();
  } else {
    world.check();
  }
}

void live(World& world, bool last) {
  sys::Random& random = world.random();
  const std::uint64_t dice = random.below(20);
  if (dice < 5) {
    world.start_in_trouble();
  } else if (dice < 7) {
    world.start_on_a_full_disk();
  } else {
    world.start();
  }
  if (!last && world.running()) plant_faults(world);
  const std::uint64_t operations = 10 + random.below(60);
  for (std::uint64_t i = 0; i < operations && world.running(); ++i) operate(world);
  if (world.running() && (last || random.chance(1, 2))) world.settle();
  if (!world.fault().empty()) return;
  world.crash(world.some_crash());
}

}  // namespace

std::string run_random_history(std::uint64_t seed, bool tell, FaultCounts& counts) {
  World world(seed, tell);
  world.choose_options();
  const std::uint64_t lives = 3 + world.random().below(4);
  for (std::uint64_t life = 1; life <= lives && world.fault().empty(); ++life) live(world, life == lives);
  counts += world.counts();
  return world.fault();
}

}  // namespace isobar::sim
