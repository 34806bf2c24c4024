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

void plant_faults_in_bucket(World& world) {
  sys::Random& random = world.random();
  SimBucket& bucket = world.bucket();
  world.expect_trouble();
  if (random.chance(2, 3)) bucket.kill_after(random.below(60));
  if (random.chance(1, 2)) bucket.set_failures(static_cast<std::uint32_t>(random.below(150)));
  if (random.chance(1, 2)) bucket.set_late_puts(500);
  if (random.chance(1, 3)) bucket.set_slowness(&world.clock(), 50);
  // The cache's.
  if (random.chance(1, 4)) world.files().set_write_failures(100);
  if (random.chance(1, 4)) world.files().set_read_failures(static_cast<std::uint32_t>(random.below(100)));
  if (random.chance(1, 6)) world.files().set_capacity(world.files().used_bytes() + random.below(5'000));
}

// Gone, or only believed to be.
void end(World& world) {
  if (!world.on_bucket() || !world.running() || world.random().chance(1, 2)) return world.crash(world.some_crash());
  world.replace_by_mistake();
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
  if (world.on_bucket() && random.chance(1, 5)) world.stir_the_replaced();
  if (world.on_bucket() && random.chance(1, 5)) world.look_after_the_log();
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
  if (!last && world.running()) world.on_bucket() ? plant_faults_in_bucket(world) : plant_faults(world);
  const std::uint64_t operations = 10 + random.below(60);
  for (std::uint64_t i = 0; i < operations && world.running(); ++i) operate(world);
  if (world.running() && (last || random.chance(1, 2))) world.settle();
  if (!world.fault().empty()) return;
  end(world);
}

}  // namespace

std::string run_random_history(std::uint64_t seed, bool tell, World::Ground ground, FaultCounts& counts, BucketCounts& bucket_counts) {
  World world(seed, tell, ground);
  world.choose_options();
  const std::uint64_t lives = 3 + world.random().below(4);
  for (std::uint64_t life = 1; life <= lives && world.fault().empty(); ++life) live(world, life == lives);
  counts += world.counts();
  bucket_counts += world.bucket_counts();
  return world.fault();
}

}  // namespace isobar::sim
