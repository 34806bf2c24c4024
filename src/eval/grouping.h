// Which series belong together: by (…) or without (…), for aggregations, and on (…) or ignoring (…), for
// matching.
//
// A label set is reduced once per series; equal reductions get one dense number. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/labels.h"

namespace isobar::eval {

class Grouping {
 public:
  // keep_listed: only the listed labels stay (by, on); otherwise all but the listed and the metric name
  // (without, ignoring). `also_dropped` are further labels that go with the metric name.
  Grouping(bool keep_listed, std::vector<std::string> labels, std::vector<std::string> also_dropped = {});

  model::Labels reduce(const model::Labels& labels) const;
  bool keeps_listed() const { return keep_listed_; }

 private:
  bool keep_listed_;
  std::vector<std::string> labels_;  // sorted
};

class GroupIndex {
 public:
  explicit GroupIndex(Grouping grouping) : grouping_(std::move(grouping)) {}
  // Numbers are dense, in order of first appearance.
  std::uint32_t group_of(const model::Labels& labels);
  std::size_t size() const { return groups_.size(); }
  const model::Labels& labels(std::uint32_t group) const { return groups_[group]; }

 private:
  Grouping grouping_;
  std::vector<model::Labels> groups_;
  std::unordered_map<model::Labels, std::uint32_t> ids_;
};

// All labels but the named ones / only the named ones. `names` sorted.
model::Labels without_labels(const model::Labels& labels, const std::vector<std::string>& names);
model::Labels only_labels(const model::Labels& labels, const std::vector<std::string>& names);

}  // namespace isobar::eval
