// Tests only: the worlds of tests/plan/simulate.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/simulation/simulate.h"
#include "plan/simulation/world_file.h"

namespace isobar::plan::simulation {

inline std::string fixture_path(const std::string& file) {
  return fmt::format("{}/tests/plan/simulate/{}", ISOBAR_SOURCE_DIR, file);
}

inline std::string read_fixture(const std::string& file) {
  std::ifstream in(fixture_path(file), std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

inline World load_fixture(const std::string& name) {
  auto world = load_world(read_fixture(name + ".yaml"), name + ".yaml");
  EXPECT_TRUE(world.has_value()) << world.error().message;
  return world ? *std::move(world) : World{};
}

inline Run run_fixture(const std::string& name, const Scenario& scenario, Mutation mutation = Mutation::kNone) {
  auto simulator = Simulator::create(load_fixture(name), mutation);
  EXPECT_TRUE(simulator.has_value()) << simulator.error().message;
  auto run = simulator->run(scenario);
  EXPECT_TRUE(run.has_value()) << run.error().message;
  return run ? *std::move(run) : Run{};
}

inline const PodOutcome& pod_of(const Run& run, const std::string& name) {
  for (const PodOutcome& pod : run.pods) {
    if (pod.name == name) return pod;
  }
  ADD_FAILURE() << "no pod " << name;
  return run.pods.front();
}

// The first such entry of an object, its time in seconds; -1 if there is none.
inline std::int64_t first_at(const Run& run, const std::string& object, const std::string& what) {
  for (const TraceEntry& entry : run.trace) {
    if (entry.object == object && entry.what == what) return entry.at.ms / 1000;
  }
  return -1;
}

inline std::string last_reason(const Run& run, const std::string& object, const std::string& what) {
  std::string reason;
  for (const TraceEntry& entry : run.trace) {
    if (entry.object == object && entry.what == what) reason = entry.reason;
  }
  return reason;
}

}  // namespace isobar::plan::simulation
