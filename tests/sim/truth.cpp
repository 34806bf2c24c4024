#include "truth.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::sim {
namespace {

std::string blame(const std::string& series, std::int64_t timestamp, const std::string& what) {
  return fmt::format("{} at {} {}", series, timestamp, what);
}

}  // namespace

std::string Truth::know(const std::string& tenant, const model::Labels& labels) {
  std::string name = series_name(tenant, labels);
  series_.try_emplace(name, Series{tenant, labels, {}});
  return name;
}

// Within one request floats are folded before histograms: of two samples of one key in it, either may be the first, so
// every value of the request that was acknowledged first stays possible.
void Truth::wrote(std::span<const Attempt> attempts, bool acknowledged) {
  ++requests_;
  for (const Attempt& attempt : attempts) {
    Fact& fact = series_.at(attempt.series).facts[attempt.timestamp];
    fact.attempted.insert(attempt.value);
    if (fact.acknowledged && fact.acknowledged_in != requests_) continue;
    fact.possible.push_back(attempt.value);
    if (!acknowledged) continue;
    fact.acknowledged = true;
    fact.acknowledged_in = requests_;
  }
}

std::size_t Truth::deleted(const model::SeriesDeletion& deletion, bool acknowledged) {
  std::size_t meant = 0;
  for (auto& [name, series] : series_) {
    if (series.tenant != deletion.tenant || !deletion.matches(series.labels)) continue;
    for (auto& [timestamp, fact] : series.facts) {
      if (timestamp < deletion.min.ms || timestamp > deletion.max.ms) continue;
      ++meant;
      fact.acknowledged = false;
      fact.seen.reset();
      fact.unsure = !acknowledged;
      if (!acknowledged) continue;
      fact.possible.clear();
      fact.attempted.clear();
    }
  }
  return meant;
}

void Truth::may_expire(const std::function<bool(const model::Labels&, Timestamp)>& expired) {
  for (auto& [name, series] : series_) {
    for (auto& [timestamp, fact] : series.facts) fact.loose = fact.loose || expired(series.labels, {timestamp});
  }
}

void Truth::decide() {
  for (auto& [name, series] : series_) {
    std::erase_if(series.facts, [](const auto& one) {
      const Fact& fact = one.second;
      return fact.unsure && !fact.loose && !fact.acknowledged && !fact.found;
    });
    for (auto& [timestamp, fact] : series.facts) fact.unsure = false;
  }
}

std::string Truth::check(const Content& content, bool whole) {
  for (auto& [name, series] : series_) {
    for (auto& [timestamp, fact] : series.facts) fact.found = false;
  }
  for (const auto& [name, samples] : content) {
    if (std::string fault = check_series(name, samples, whole); !fault.empty()) return fault;
  }
  if (!whole) return {};
  for (const auto& [name, series] : series_) {
    for (const auto& [timestamp, fact] : series.facts) {
      if (fact.found || fact.loose) continue;
      if (fact.acknowledged) return blame(name, timestamp, "is lost, though it was acknowledged");
      if (fact.seen) return blame(name, timestamp, "was seen and is gone");
    }
  }
  return {};
}

std::string Truth::check_series(const std::string& name, const model::SampleColumns& samples, bool whole) {
  if (samples.size() == 0) return blame(name, 0, "is found without samples");
  const auto known = series_.find(name);
  if (known == series_.end()) return blame(name, samples.timestamps[0], "is of a series that was never written");
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::int64_t timestamp = samples.timestamps[i];
    const auto at = known->second.facts.find(timestamp);
    if (at == known->second.facts.end()) return blame(name, timestamp, "was never written");
    if (at->second.found) return blame(name, timestamp, "is there twice");
    if (i > 0 && timestamp < samples.timestamps[i - 1]) return blame(name, timestamp, "is out of order");
    at->second.found = true;
    const std::string fault = check_value(at->second, samples.values[i], whole);
    if (!fault.empty()) return blame(name, timestamp, fault);
  }
  return {};
}

std::string Truth::check_value(Fact& fact, double value, bool whole) {
  // A part that expired, or that was left out, may have held the first of several values.
  if ((fact.loose || !whole) && fact.attempted.contains(value)) return {};
  if (std::find(fact.possible.begin(), fact.possible.end(), value) == fact.possible.end()) {
    return fact.possible.empty() ? fmt::format("has value {}, which was deleted", value)
                                 : fmt::format("has value {}, which did not come first", value);
  }
  if (fact.seen && *fact.seen != value) return fmt::format("changed from {} to {}", *fact.seen, value);
  if (whole && !fact.unsure) fact.seen = value;
  return {};
}

std::string Truth::check_cleaned(const std::string& name, const model::SampleColumns& samples) const {
  const auto known = series_.find(name);
  if (known == series_.end()) return blame(name, 0, "lies in a block, but was never written");
  for (const std::int64_t timestamp : samples.timestamps) {
    const auto at = known->second.facts.find(timestamp);
    if (at == known->second.facts.end()) continue;  // a delete of unknown outcome was there after all
    if (at->second.attempted.empty()) return blame(name, timestamp, "still lies in a block after cleaning");
  }
  return {};
}

}  // namespace isobar::sim
