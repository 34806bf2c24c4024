// label_replace and label_join: they edit labels and leave samples alone.
#include <re2/re2.h>

#include "base/utf8.h"
#include "promql/evaluation.h"
#include "promql/functions/families.h"
#include "promql/number_text.h"

namespace isobar::promql {
namespace {

// $1, ${1}, $name, ${name}; $$ is a dollar. Unknown groups are empty. As in Go, $1x is the group named "1x".
void expand(std::string_view replacement, const std::vector<re2::StringPiece>& groups,
            const std::map<std::string, int>& names, std::string& out) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (std::size_t i = 0; i < replacement.size();) {
    if (replacement[i] != '$' || i + 1 == replacement.size()) {
      out.push_back(replacement[i++]);
      continue;
    }
    if (replacement[i + 1] == '$') {
      out.push_back('$');
      i += 2;
      continue;
    }
    const bool braced = replacement[i + 1] == '{';
    const std::size_t start = i + (braced ? 2 : 1);
    std::size_t end = start;
    while (end < replacement.size() && is_word(replacement[end])) ++end;
    const bool closed = !braced || (end < replacement.size() && replacement[end] == '}');
    if (end == start || !closed) {
      out.push_back(replacement[i++]);
      continue;
    }
    const std::string name(replacement.substr(start, end - start));
    std::size_t group = groups.size();
    const bool numeric = name.find_first_not_of("0123456789") == std::string::npos;
    if (numeric && name.size() < 4) {
      group = static_cast<std::size_t>(std::stoi(name));
    } else if (const auto at = names.find(name); at != names.end()) {
      group = static_cast<std::size_t>(at->second);
    }
    if (group < groups.size()) out.append(groups[group].data(), groups[group].size());
    i = end + (braced ? 1 : 0);
  }
}

Result<Value> edit_labels(CallContext& call, const std::string& destination,
                          const std::function<bool(const model::Labels&, std::string&)>& value_of) {
  TRY(eval::StreamPtr input, call.vector(0));
  eval::LabelMerger merger(call.memory(), eval::kSameLabelset);
  eval::StepSeries series;
  std::string value;
  while (true) {
    TRY(const bool more, input->next(series));
    if (!more) break;
    if (series.empty()) continue;
    value.clear();
    if (value_of(series.labels, value)) {
      model::LabelsBuilder builder(series.labels);
      builder.set(destination, value);
      series.labels = builder.build();
      // A name that is set here is meant to stay.
      if (destination == model::kMetricName) series.drop_name = false;
    }
    TRYV(merger.add(std::move(series)));
  }
  TRY(eval::StreamPtr stream, hold(merger.take(), call.state()));
  return Value::of(std::move(stream));
}

Result<void> check_label_name(std::string_view name, std::string_view function, std::string_view role) {
  if (!name.empty() && is_valid_utf8(name)) return {};
  return fail(Code::kUnprocessable, fmt::format("invalid {}label name in {}(): {}", role, function, name));
}

Result<Value> label_replace(CallContext& call) {
  const std::string destination = call.text(1);
  const std::string replacement = call.text(2);
  const std::string source = call.text(3);
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  const re2::RE2 regex("^(?s:" + call.text(4) + ")$", options);
  if (!regex.ok()) {
    return fail(Code::kUnprocessable,
                fmt::format("invalid regular expression in label_replace(): {}", call.text(4)));
  }
  TRYV(check_label_name(destination, "label_replace", "destination "));
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  return edit_labels(call, destination, [&](const model::Labels& labels, std::string& value) {
    const std::string_view text = labels.get(source);
    const re2::StringPiece piece(text.data(), text.size());
    const bool matches = regex.Match(piece, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                                     static_cast<int>(groups.size()));
    if (matches) expand(replacement, groups, regex.NamedCapturingGroups(), value);
    return matches;
  });
}

Result<Value> label_join(CallContext& call) {
  const std::string destination = call.text(1);
  const std::string separator = call.text(2);
  std::vector<std::string> sources;
  for (std::size_t i = 3; i < call.count(); ++i) {
    sources.push_back(call.text(i));
    TRYV(check_label_name(sources.back(), "label_join", "source "));
  }
  TRYV(check_label_name(destination, "label_join", "destination "));
  return edit_labels(call, destination, [&](const model::Labels& labels, std::string& value) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) value += separator;
      value += labels.get(sources[i]);
    }
    return true;
  });
}

constexpr ValueType kText = ValueType::kString;
constexpr FunctionSpec kFunctions[] = {
    {.name = "label_replace",
     .arguments = {ValueType::kVector, kText, kText, kText, kText},
     .min_arguments = 5,
     .max_arguments = 5,
     .doc = "Sets a label to a replacement text where a regular expression matches another label: vector, "
            "destination, "
            "replacement ($1 …), source, expression.",
     .example = "label_replace(up, \"host\", \"$1\", \"instance\", \"(.*):.*\")",
     .code = {.build = label_replace}},
    {.name = "label_join",
     .arguments = {ValueType::kVector, kText, kText, kText},
     .min_arguments = 3,
     .max_arguments = FunctionSpec::kUnlimited,
     .doc = "Sets a label to the values of others, joined by a separator: vector, destination, separator, "
            "sources …",
     .example = "label_join(up, \"target\", \"/\", \"job\", \"instance\")",
     .code = {.build = label_join}},
};

}  // namespace

std::span<const FunctionSpec> label_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
