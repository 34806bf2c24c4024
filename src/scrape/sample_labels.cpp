#include "scrape/sample_labels.h"

namespace isobar::scrape {
namespace {

bool has(const std::vector<model::LabelView>& labels, std::string_view name) {
  return std::any_of(labels.begin(), labels.end(), [name](const auto& label) { return label.name == name; });
}

// The target's label wins; the metric's moves to exported_<name>, with more prefixes while that is taken.
void join(const std::vector<model::LabelView>& metric, const LabelRules& rules, model::LabelsBuilder& out) {
  for (const model::LabelView& label : metric) out.set(label.name, label.value);
  for (const model::LabelView& label : rules.target) {
    if (rules.honor_labels) {
      // A label that the metric has empty keeps the target's out, too.
      if (!has(metric, label.name)) out.set(label.name, label.value);
      continue;
    }
    const std::string exposed(out.get(label.name));
    if (!exposed.empty() && has(metric, label.name)) {
      std::string moved = "exported_" + std::string(label.name);
      while (!out.get(moved).empty() || rules.target.has(moved)) moved.insert(0, "exported_");
      out.set(moved, exposed);
    }
    out.set(label.name, label.value);
  }
}

Result<void> check(const model::Labels& labels, const ScrapeLimits& limits) {
  const std::string_view metric = labels.get(model::kMetricName);
  if (metric.empty()) return fail(Code::kInvalid, "a series has no metric name after relabelling");
  if (limits.labels == 0 && limits.label_name_length == 0 && limits.label_value_length == 0) return {};
  if (limits.labels != 0 && labels.size() > limits.labels) {
    return fail(Code::kInvalid, fmt::format("label_limit: {} labels, at most {} are allowed: {}", labels.size(), limits.labels, metric));
  }
  for (const model::LabelView& label : labels) {
    if (limits.label_name_length != 0 && label.name.size() > limits.label_name_length) {
      return fail(Code::kInvalid, fmt::format("label_name_length_limit: a label name of {} bytes, at most {} are allowed: {}",
                                              label.name.size(), limits.label_name_length, metric));
    }
    if (limits.label_value_length != 0 && label.value.size() > limits.label_value_length) {
      return fail(Code::kInvalid, fmt::format("label_value_length_limit: a label value of {} bytes, at most {} are allowed: {}",
                                              label.value.size(), limits.label_value_length, metric));
    }
  }
  return {};
}

}  // namespace

Result<std::string> sample_labels(const std::vector<model::LabelView>& metric, const LabelRules& rules) {
  model::LabelsBuilder builder;
  join(metric, rules, builder);
  if (!rules.relabeler.apply(builder)) return std::string();
  const model::Labels labels = builder.build();
  TRYV(check(labels, rules.limits));
  return labels.encoded();
}

}  // namespace isobar::scrape
