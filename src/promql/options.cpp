#include "promql/options.h"

#include <fmt/format.h>

namespace isobar::promql {
namespace {

struct Named {
  std::string_view name;
  bool Features::*feature;  // null: on anyway
};
constexpr Named kNamed[] = {
    {"promql-experimental-functions", &Features::experimental_functions},
    {"promql-extended-range-selectors", &Features::extended_selectors},
    {"promql-binop-fill-modifiers", &Features::binop_fill},
    {"promql-delayed-name-removal", &Features::delayed_name_removal},
    {"promql-duration-expr", nullptr},
    {"promql-per-step-stats", nullptr},
    {"promql-at-modifier", nullptr},
    {"promql-negative-offset", nullptr},
    {"exemplar-storage", nullptr},
    {"native-histograms", nullptr},
};

std::string known_names() {
  std::string names;
  for (const Named& known : kNamed) {
    if (known.feature != nullptr) names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return names;
}

Result<void> enable(std::string_view name, Features& features) {
  for (const Named& known : kNamed) {
    if (known.name != name) continue;
    if (known.feature != nullptr) features.*known.feature = true;
    return {};
  }
  return fail(Code::kInvalid, fmt::format("there is no such feature, write one of {}: \"{}\"", known_names(), name));
}

}  // namespace

Result<Features> features_of(std::string_view names) {
  Features features;
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    if (!name.empty()) TRYV(enable(name, features));
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return features;
}

}  // namespace isobar::promql
