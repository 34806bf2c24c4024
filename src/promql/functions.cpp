#include "promql/functions.h"

#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

std::vector<const FunctionSpec*> collect() {
  std::vector<const FunctionSpec*> all;
  for (const auto family :
       {rate_functions(), over_time_functions(), math_functions(), trig_functions(), calendar_functions(),
        label_functions(), histogram_functions(), classic_histogram_functions(), sort_functions(),
        absent_functions(), forecast_functions(), query_functions(), info_functions()}) {
    for (const FunctionSpec& spec : family) all.push_back(&spec);
  }
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return all;
}

}  // namespace

const std::vector<const FunctionSpec*>& functions() {
  static const std::vector<const FunctionSpec*> all = collect();
  return all;
}

const FunctionSpec* find_function(std::string_view name) {
  const std::vector<const FunctionSpec*>& all = functions();
  const auto at =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const FunctionSpec* spec, std::string_view wanted) { return spec->name < wanted; });
  return at != all.end() && (*at)->name == name ? *at : nullptr;
}

std::string signature(const FunctionSpec& function) {
  std::string out(function.name);
  out += "(";
  const bool unlimited = function.max_arguments == FunctionSpec::kUnlimited;
  const std::size_t shown = unlimited ? function.min_arguments + std::size_t{1} : function.max_arguments;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ", ";
    const bool optional = i >= function.min_arguments;
    out += fmt::format("{}{}{}", optional ? "[" : "", type_text(function.arguments[i]),
                       optional ? (unlimited ? " …]" : "]") : "");
  }
  return out + ") " + std::string(type_text(function.returns));
}

}  // namespace isobar::promql
