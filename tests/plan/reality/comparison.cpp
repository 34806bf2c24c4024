#include "comparison.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>

namespace isobar::reality {
namespace {

// Known to the simulator alone: an autoscaler's words, and what no client sees.
const std::set<std::string_view> kUnseen{"NotTriggerScaleUp", "TriggeredScaleUp", "FailedScaleUp", "DataLost", "SilentlyBroken"};

using Key = std::pair<std::string, std::string>;

bool earlier(const Happening& a, const Happening& b) { return a.at < b.at; }

std::map<Key, std::vector<Happening>> by_key(std::vector<Happening> happenings) {
  std::ranges::stable_sort(happenings, earlier);
  std::map<Key, std::vector<Happening>> out;
  for (Happening& one : happenings) out[{one.object, one.what}].push_back(std::move(one));
  return out;
}

// Beyond what both lists have; near the end either may be cut off.
void take_rest(const std::vector<Happening>& list, std::size_t from, std::int64_t end, std::vector<Happening>& out) {
  for (std::size_t i = from; i < list.size(); ++i) {
    if (list[i].at < end) out.push_back(list[i]);
  }
}

// Two events change places only within the band of the later one.
std::vector<std::string> disorder_of(const std::vector<Pair>& pairs, const Band& band) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = i + 1; j < pairs.size(); ++j) {
      const bool apart = pairs[j].predicted - pairs[i].predicted > band.at(pairs[j].predicted);
      if (!apart || pairs[i].observed <= pairs[j].observed) continue;
      out.push_back(fmt::format("{} {} before {} {}", pairs[j].object, pairs[j].what, pairs[i].object, pairs[i].what));
    }
  }
  return out;
}

std::string seconds(std::int64_t ms) { return fmt::format("{:.1f}", static_cast<double>(ms) / 1000); }

}  // namespace

std::vector<Happening> observable(const plan::simulation::World& world, const plan::simulation::Run& run) {
  std::set<std::string> daemons;
  for (const plan::simulation::Pod& pod : world.pods) {
    if (pod.owner == plan::simulation::Owner::kDaemonSet) daemons.insert("service/" + pod.service);
  }
  std::map<std::string, std::string> refusals;  // the same refusal twice is one event
  std::vector<Happening> out;
  for (const plan::simulation::TraceEntry& entry : run.trace) {
    if (kUnseen.contains(entry.what) || daemons.contains(entry.object)) continue;
    if (entry.what == "Scheduled") refusals.erase(entry.object);
    if (entry.what == "FailedScheduling" && std::exchange(refusals[entry.object], entry.reason) == entry.reason) continue;
    out.push_back({entry.at.ms, entry.object, entry.what});
  }
  return out;
}

Comparison compare(std::vector<Happening> predicted, std::vector<Happening> observed, const Band& band, std::int64_t end) {
  Comparison out;
  const auto wanted = by_key(std::move(predicted));
  auto seen = by_key(std::move(observed));
  const std::int64_t certain = end - band.at(end);
  for (const auto& [key, list] : wanted) {
    const std::vector<Happening> got = std::move(seen[key]);
    seen.erase(key);
    const std::size_t both = std::min(list.size(), got.size());
    for (std::size_t i = 0; i < both; ++i) out.pairs.push_back({key.first, key.second, list[i].at, got[i].at});
    take_rest(list, both, certain, out.missing);
    take_rest(got, both, certain, out.unforeseen);
  }
  for (const auto& [key, list] : seen) take_rest(list, 0, certain, out.unforeseen);
  std::ranges::stable_sort(out.pairs, {}, &Pair::predicted);
  out.disorder = disorder_of(out.pairs, band);
  for (const Pair& pair : out.pairs) {
    if (std::abs(pair.error()) > band.at(pair.predicted)) out.late.push_back(pair);
  }
  return out;
}

std::vector<std::int64_t> errors(const Comparison& comparison) {
  std::vector<std::int64_t> out;
  for (const Pair& pair : comparison.pairs) out.push_back(std::abs(pair.error()));
  std::ranges::sort(out);
  return out;
}

std::string table(const Comparison& comparison) {
  std::string out = fmt::format("  {:<26} {:<20} {:>9} {:>9} {:>7}\n", "object", "event", "predicted", "observed", "error");
  for (const Pair& pair : comparison.pairs) {
    out += fmt::format("  {:<26} {:<20} {:>9} {:>9} {:>+7.1f}\n", pair.object, pair.what, seconds(pair.predicted), seconds(pair.observed),
                       static_cast<double>(pair.error()) / 1000);
  }
  for (const Happening& one : comparison.missing) out += fmt::format("  MISSING {} {}, predicted at {} s\n", one.object, one.what, seconds(one.at));
  for (const Happening& one : comparison.unforeseen) out += fmt::format("  UNFORESEEN {} {} at {} s\n", one.object, one.what, seconds(one.at));
  for (const std::string& one : comparison.disorder) out += fmt::format("  OUT OF ORDER {}\n", one);
  for (const Pair& pair : comparison.late) out += fmt::format("  OUTSIDE THE BAND {} {}, {:+.1f} s\n", pair.object, pair.what, static_cast<double>(pair.error()) / 1000);
  return out;
}

}  // namespace isobar::reality
