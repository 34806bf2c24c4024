// Functions of labels and order: label_replace, label_join, sort and its relatives, absent and
// absent_over_time.
#include <algorithm>
#include <set>

#include <re2/re2.h>

#include "base/utf8.h"
#include "functions.h"

namespace isobar::promqltest::naive {
namespace {

using promql::as;
using promql::ExprKind;

// $1 and ${1}, $name and ${name}; $$ is a dollar; unknown groups are empty; any other dollar stands for
// itself.
std::string expanded(const std::string& text, const std::vector<std::string>& groups,
                     const std::map<std::string, int>& names) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      out += text[++i];
      continue;
    }
    const bool braced = text[i + 1] == '{';
    std::size_t at = i + (braced ? 2 : 1);
    std::string name;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_'))
      name += text[at++];
    if (name.empty() || (braced && (at == text.size() || text[at] != '}'))) {
      out += text[i];
      continue;
    }
    const auto named = names.find(name);
    const bool number = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::size_t group = groups.size();
    if (number && name.size() < 4) group = static_cast<std::size_t>(std::stoi(name));
    if (!number && named != names.end()) group = static_cast<std::size_t>(named->second);
    if (group < groups.size()) out += groups[group];
    i = braced ? at : at - 1;
  }
  return out;
}

Result<Value> label_replace(const CallSite& site) {
  TRY(const std::string destination, site.text(1));
  TRY(const std::string replacement, site.text(2));
  TRY(const std::string source, site.text(3));
  TRY(const std::string pattern, site.text(4));
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  const re2::RE2 regex("^(?s:" + pattern + ")$", quiet);
  if (!regex.ok()) return failure("invalid regular expression");
  if (destination.empty() || !is_valid_utf8(destination)) return failure("invalid destination label");
  TRY(Vector input, site.vector(0));
  for (Element& e : input) {
    const std::string text(e.labels.get(source));
    std::vector<re2::StringPiece> pieces(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
    if (!regex.Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH, pieces.data(),
                     static_cast<int>(pieces.size())))
      continue;
    std::vector<std::string> groups;
    for (const re2::StringPiece& piece : pieces)
      groups.emplace_back(piece.data() == nullptr ? "" : std::string(piece));
    model::LabelsBuilder builder(e.labels);
    e.labels = builder.set(destination, expanded(replacement, groups, regex.NamedCapturingGroups())).build();
  }
  TRY(input, unique(std::move(input)));
  return Value::of(std::move(input));
}

Result<Value> label_join(const CallSite& site) {
  TRY(const std::string destination, site.text(1));
  TRY(const std::string separator, site.text(2));
  if (destination.empty() || !is_valid_utf8(destination)) return failure("invalid destination label");
  std::vector<std::string> sources;
  for (std::size_t i = 3; i < site.count(); ++i) {
    TRY(std::string source, site.text(i));
    if (source.empty() || !is_valid_utf8(source)) return failure("invalid source label");
    sources.push_back(std::move(source));
  }
  TRY(Vector input, site.vector(0));
  for (Element& e : input) {
    std::string joined;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) joined += separator;
      joined += e.labels.get(sources[i]);
    }
    model::LabelsBuilder builder(e.labels);
    e.labels = builder.set(destination, joined).build();
  }
  TRY(input, unique(std::move(input)));
  return Value::of(std::move(input));
}

// By value NaN comes last, whatever the direction, and histograms go.
Result<Value> sort_by_value(const CallSite& site, bool descending) {
  TRY(Vector input, site.vector(0));
  std::erase_if(input, [](const Element& e) { return e.cell.histogram != nullptr; });
  std::stable_sort(input.begin(), input.end(), [&](const Element& a, const Element& b) {
    const double x = a.cell.number.number();
    const double y = b.cell.number.number();
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? x > y : x < y;
  });
  return Value::of(std::move(input));
}

// Numbers within a value by size: pieces of digits and of other bytes, in turn.
int natural_order(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (!digit(a[0]) || !digit(b[0])) {
      if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]) ? -1 : 1;
      a.remove_prefix(1);
      b.remove_prefix(1);
      continue;
    }
    long x = 0;
    long y = 0;
    for (; !a.empty() && digit(a[0]); a.remove_prefix(1)) x = x * 10 + (a[0] - '0');
    for (; !b.empty() && digit(b[0]); b.remove_prefix(1)) y = y * 10 + (b[0] - '0');
    if (x != y) return x < y ? -1 : 1;
  }
  return a.empty() == b.empty() ? 0 : (a.empty() ? -1 : 1);
}

Result<Value> sort_by_labels(const CallSite& site, bool descending) {
  TRY(Vector input, site.vector(0));
  std::vector<std::string> names;
  for (std::size_t i = 1; i < site.count(); ++i) {
    TRY(std::string name, site.text(i));
    names.push_back(std::move(name));
  }
  std::stable_sort(input.begin(), input.end(), [&](const Element& a, const Element& b) {
    for (const std::string& name : names) {
      const int order = natural_order(a.labels.get(name), b.labels.get(name));
      if (order != 0) return descending ? order > 0 : order < 0;
    }
    return descending ? b.labels < a.labels : a.labels < b.labels;
  });
  return Value::of(std::move(input));
}

// Labels that the missing series would have for certain.
model::Labels certain_labels(const promql::Expr& argument) {
  const promql::Expr& e = promql::unwrap(argument);
  const promql::VectorSelector* selector = nullptr;
  if (e.kind == ExprKind::kVectorSelector) selector = &as<promql::VectorSelector>(e);
  if (e.kind == ExprKind::kMatrixSelector) selector = as<promql::MatrixSelector>(e).selector.get();
  if (selector == nullptr) return {};
  model::LabelsBuilder builder;
  std::set<std::string> seen;
  for (const model::Matcher& m : selector->matchers) {
    if (m.name() == model::kMetricName) continue;
    const bool sure = m.type() == model::MatchType::kEqual && !seen.contains(m.name());
    if (sure) {
      builder.set(m.name(), m.value());
      seen.insert(m.name());
    } else {
      builder.remove(m.name());
    }
  }
  return builder.build();
}

Result<Value> absent(const CallSite& site) {
  const promql::Expr& argument = *site.call.arguments[0];
  bool found = false;
  if (argument.type == promql::ValueType::kMatrix) {
    const promql::Expr& e = promql::unwrap(argument);
    if (e.kind == ExprKind::kMatrixSelector) {
      const promql::VectorSelector& s = *as<promql::MatrixSelector>(e).selector;
      if (s.anchored || s.smoothed) return failure("extended ranges are not for absent_over_time");
    }
    TRY(const std::vector<Window> windows, site.evaluator.windows(argument, site.t));
    found = !windows.empty();
  } else {
    TRY(const Vector input, site.vector(0));
    found = !input.empty();
  }
  if (found) return Value::of(Vector{});
  return Value::of(Vector{{certain_labels(argument), {1.0, nullptr}}});
}

}  // namespace

Answered call_label_function(const CallSite& site) {
  const std::string_view name = site.name();
  if (name == "label_replace") return label_replace(site);
  if (name == "label_join") return label_join(site);
  if (name == "absent" || name == "absent_over_time") return absent(site);
  if (name == "info") return info(site);
  if (!name.starts_with("sort")) return {};
  // Nothing to sort where results are ordered by labels.
  if (site.evaluator.settings().times.step != 0) site.log().warned = true;
  if (name == "sort" || name == "sort_desc") return sort_by_value(site, name == "sort_desc");
  return sort_by_labels(site, name == "sort_by_label_desc");
}

}  // namespace isobar::promqltest::naive
