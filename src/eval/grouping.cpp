#include "eval/grouping.h"

namespace isobar::eval {
namespace {

model::Labels filter(const model::Labels& labels, const std::vector<std::string>& names, bool keep) {
  std::string encoded;
  auto name = names.begin();
  for (const model::LabelView& label : labels) {
    while (name != names.end() && *name < label.name) ++name;
    const bool listed = name != names.end() && *name == label.name;
    if (listed == keep) model::append_canonical(encoded, label.name, label.value);
  }
  return model::Labels::from_canonical(std::move(encoded));
}

}  // namespace

model::Labels without_labels(const model::Labels& labels, const std::vector<std::string>& names) {
  return filter(labels, names, false);
}
model::Labels only_labels(const model::Labels& labels, const std::vector<std::string>& names) {
  return filter(labels, names, true);
}

Grouping::Grouping(bool keep_listed, std::vector<std::string> labels, std::vector<std::string> also_dropped)
    : keep_listed_(keep_listed), labels_(std::move(labels)) {
  if (!keep_listed_) {
    labels_.emplace_back(model::kMetricName);
    for (std::string& name : also_dropped) labels_.push_back(std::move(name));
  }
  std::sort(labels_.begin(), labels_.end());
}

model::Labels Grouping::reduce(const model::Labels& labels) const {
  return filter(labels, labels_, keep_listed_);
}

std::uint32_t GroupIndex::group_of(const model::Labels& labels) {
  model::Labels reduced = grouping_.reduce(labels);
  const auto next = static_cast<std::uint32_t>(groups_.size());
  const auto [at, added] = ids_.try_emplace(reduced, next);
  if (added) groups_.push_back(std::move(reduced));
  return at->second;
}

}  // namespace isobar::eval
