#include "plan/simulation/scenario.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest.h"

namespace isobar::plan::simulation {
namespace {

constexpr std::array<std::string_view, 12> kNames{
    "scale_to_zero", "return",          "lose_zone",    "lose_node",           "lose_volume",      "lose_service",
    "restart_service", "roll_upgrade", "certificate_expires", "object_store_503", "apiserver_gone", "capacity_shortage"};

constexpr Duration kMaxTime = Duration::hours(24 * 366);
constexpr std::size_t kMaxEvents = 1000;

template <class T>
Result<void> expect_known(std::string_view what, const std::vector<T>& items, const std::string& name) {
  if (std::ranges::find(items, name, &T::name) != items.end()) return {};
  std::vector<std::string_view> names;
  for (const T& item : items) names.emplace_back(item.name);
  const std::string_view near = nearest_word(name, names);
  if (!near.empty()) return fail(Code::kInvalid, fmt::format("there is no such {}, did you mean {}: {}", what, near, name));
  return fail(Code::kInvalid, fmt::format("there is no such {}: {}", what, name));
}

Result<void> check_event(const World& world, const Event& event) {
  if (event.at < Duration{0} || event.lasts < Duration{0}) return fail(Code::kInvalid, "an event's times must not be negative");
  if (event.at > kMaxTime || event.lasts > kMaxTime) return fail(Code::kInvalid, "an event's times must be at most a year");
  for (const std::string& zone : event.zones) TRYV(expect_known("zone", world.zones, zone));
  switch (event.kind) {
    case EventKind::kLoseZone:
    case EventKind::kLoseNode:
    case EventKind::kCapacityShortage:
      return expect_known("zone", world.zones, event.name);
    case EventKind::kLoseVolume:
      return expect_known("volume", world.volumes, event.name);
    case EventKind::kLoseService:
    case EventKind::kRestartService:
    case EventKind::kRollUpgrade:
    case EventKind::kCertificateExpires:
    case EventKind::kObjectStore503:
      return expect_known("service", world.services, event.name);
    case EventKind::kReturn:
      if (event.nodes < 0 || event.nodes > 1000) return fail(Code::kInvalid, "return takes 0 to 1000 nodes");
      if (event.nodes > 0 && event.zones.empty()) return fail(Code::kInvalid, "return needs zones");
      return {};
    case EventKind::kScaleToZero:
    case EventKind::kApiServerGone:
      return {};
  }
  return {};
}

// Calls visit(chosen indices) for each subset of `size` of `count`, in lexicographic order.
template <class Visit>
void subsets(std::size_t count, std::size_t size, Visit&& visit) {
  if (size > count) return;
  std::vector<std::size_t> chosen(size);
  for (std::size_t i = 0; i < size; ++i) chosen[i] = i;
  while (true) {
    visit(chosen);
    std::size_t at = size;
    while (at > 0 && chosen[at - 1] == count - size + at - 1) --at;
    if (at == 0) return;
    ++chosen[at - 1];
    for (std::size_t i = at; i < size; ++i) chosen[i] = chosen[i - 1] + 1;
  }
}

}  // namespace

std::string_view event_kind_name(EventKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Result<void> check_scenario(const World& world, const Scenario& scenario) {
  if (scenario.events.size() > kMaxEvents) return fail(Code::kInvalid, "a scenario has at most 1000 events");
  for (const Event& event : scenario.events) {
    if (auto ok = check_event(world, event); !ok) {
      return fail(std::move(ok).error().with_context(
          fmt::format("scenario {}: {}", scenario.name, event_kind_name(event.kind))));
    }
  }
  return {};
}

Scenario return_in(std::vector<std::string> zones, std::int64_t nodes) {
  Scenario scenario;
  scenario.name = fmt::format("scale to zero, {} node(s) return in {}", nodes, fmt::join(zones, ", "));
  scenario.events.push_back({.kind = EventKind::kScaleToZero});
  scenario.events.push_back({.kind = EventKind::kReturn, .zones = std::move(zones), .nodes = nodes});
  return scenario;
}

std::vector<Scenario> return_scenarios(const World& world, std::int64_t nodes) {
  std::vector<std::string> zones;
  for (const Zone& zone : world.zones) {
    const bool used = std::ranges::any_of(world.groups, [&](const NodeGroup& group) {
      return std::ranges::find(group.zones, zone.name) != group.zones.end();
    });
    if (used) zones.push_back(zone.name);
  }
  std::vector<Scenario> all;
  const auto size = std::min(zones.size(), static_cast<std::size_t>(std::max<std::int64_t>(nodes, 0)));
  subsets(zones.size(), size, [&](const std::vector<std::size_t>& chosen) {
    std::vector<std::string> some;
    for (const std::size_t i : chosen) some.push_back(zones[i]);
    all.push_back(return_in(std::move(some), nodes));
  });
  return all;
}

std::vector<Event> single_failures(const World& world) {
  std::vector<Event> all;
  for (const Zone& zone : world.zones) all.push_back({.kind = EventKind::kLoseZone, .name = zone.name});
  for (const Zone& zone : world.zones) all.push_back({.kind = EventKind::kLoseNode, .name = zone.name});
  for (const Volume& volume : world.volumes) all.push_back({.kind = EventKind::kLoseVolume, .name = volume.name});
  for (const Service& service : world.services) {
    all.push_back({.kind = service.external ? EventKind::kObjectStore503 : EventKind::kLoseService, .name = service.name});
  }
  return all;
}

std::vector<Scenario> failure_combinations(const std::vector<Event>& failures, std::size_t most) {
  std::vector<Scenario> all;
  for (std::size_t size = 1; size <= std::min<std::size_t>(most, 3); ++size) {
    subsets(failures.size(), size, [&](const std::vector<std::size_t>& chosen) {
      Scenario scenario;
      for (const std::size_t i : chosen) {
        scenario.name += fmt::format("{}{} {}", scenario.name.empty() ? "" : " + ", event_kind_name(failures[i].kind), failures[i].name);
        scenario.events.push_back(failures[i]);
      }
      all.push_back(std::move(scenario));
    });
  }
  return all;
}

}  // namespace isobar::plan::simulation
