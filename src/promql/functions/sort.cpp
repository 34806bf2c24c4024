// sort and its relatives: they order the result of an instant query. Range queries are ordered by labels
// always.
#include <cmath>

#include "promql/evaluation.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

using eval::StepSeries;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Runs of digits compare as numbers, everything else byte by byte: cpu2 before cpu10.
int compare_natural(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
      ++i;
      ++j;
      continue;
    }
    while (i < a.size() && a[i] == '0') ++i;
    while (j < b.size() && b[j] == '0') ++j;
    std::size_t a_end = i;
    std::size_t b_end = j;
    while (a_end < a.size() && is_digit(a[a_end])) ++a_end;
    while (b_end < b.size() && is_digit(b[b_end])) ++b_end;
    if (a_end - i != b_end - j) return a_end - i < b_end - j ? -1 : 1;
    const int order = a.substr(i, a_end - i).compare(b.substr(j, b_end - j));
    if (order != 0) return order < 0 ? -1 : 1;
    i = a_end;
    j = b_end;
  }
  if (i == a.size() && j == b.size()) return 0;
  return i == a.size() ? -1 : 1;
}

template <class Less>
Result<Value> sorted(CallContext& call, bool floats_only, Less less) {
  if (!call.state().instant) {
    call.notes().warn(call.call().position,
                      "sort is ineffective for range queries since results are always ordered by labels");
  }
  TRY(eval::StreamPtr input, call.vector(0));
  eval::MemoryHold held(call.memory());
  TRY(eval::StepMatrix series, eval::collect(*input, held));
  // By value only floats have an order, also where it is not used.
  for (StepSeries& s : series) {
    for (std::size_t i = 0; floats_only && i < s.steps(); ++i) {
      if (s.kinds[i] == eval::Kind::kHistogram) s.erase(i);
    }
  }
  std::erase_if(series, [](const StepSeries& s) { return s.empty(); });
  if (call.steps() == 1) {
    std::stable_sort(series.begin(), series.end(), less);
  }
  TRY(eval::StreamPtr stream, hold(std::move(series), call.state()));
  return Value::of(std::move(stream));
}

// NaN comes last either way.
Result<Value> sort_by_value(CallContext& call, bool descending) {
  return sorted(call, true, [descending](const StepSeries& a, const StepSeries& b) {
    const double x = a.values[0];
    const double y = b.values[0];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? x > y : x < y;
  });
}
Result<Value> sort_ascending(CallContext& call) {
  return sort_by_value(call, false);
}
Result<Value> sort_descending(CallContext& call) {
  return sort_by_value(call, true);
}

Result<Value> sort_by_labels(CallContext& call, bool descending) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < call.count(); ++i) names.push_back(call.text(i));
  return sorted(call, false, [names, descending](const StepSeries& a, const StepSeries& b) {
    for (const std::string& name : names) {
      const int order = compare_natural(a.labels.get(name), b.labels.get(name));
      if (order != 0) return descending ? order > 0 : order < 0;
    }
    return descending ? b.labels < a.labels : a.labels < b.labels;
  });
}
Result<Value> sort_by_label(CallContext& call) {
  return sort_by_labels(call, false);
}
Result<Value> sort_by_label_desc(CallContext& call) {
  return sort_by_labels(call, true);
}

constexpr FunctionSpec by_value(std::string_view name, BuildKernel build, std::string_view doc,
                                std::string_view example) {
  FunctionSpec spec;
  spec.name = name;
  spec.arguments = {ValueType::kVector};
  spec.min_arguments = spec.max_arguments = 1;
  spec.doc = doc;
  spec.example = example;
  spec.code.build = build;
  return spec;
}
constexpr FunctionSpec by_label(std::string_view name, BuildKernel build, std::string_view doc,
                                std::string_view example) {
  FunctionSpec spec = by_value(name, build, doc, example);
  spec.arguments = {ValueType::kVector, ValueType::kString};
  spec.max_arguments = FunctionSpec::kUnlimited;
  spec.experimental = true;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    by_value("sort", sort_ascending, "Series by value, smallest first.", "sort(up)"),
    by_value("sort_desc", sort_descending, "Series by value, largest first.", "sort_desc(up)"),
    by_label("sort_by_label", sort_by_label, "Series by the values of labels; numbers within them by size.",
             "sort_by_label(up, \"instance\")"),
    by_label("sort_by_label_desc", sort_by_label_desc, "As sort_by_label, in descending order.",
             "sort_by_label_desc(up, \"instance\")"),
};

}  // namespace

std::span<const FunctionSpec> sort_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
