// info(): data labels of info series with the same instance and job, found at the time the argument was read
// at.
#include <set>

#include "functions.h"

namespace isobar::promqltest::naive {
namespace {

using promql::as;
using promql::ExprKind;

const std::vector<std::string> kIdentity{"instance", "job"};

struct ReadAt {
  bool found = false;
  std::int64_t at = 0;
};

// When the first selector of an expression that is evaluated at `t` reads. A subquery moves what is inside
// it.
Result<ReadAt> read_at(const Evaluator& evaluator, const promql::Expr& expr, std::int64_t t) {
  const promql::Expr& e = promql::unwrap(expr);
  if (e.kind == ExprKind::kVectorSelector || e.kind == ExprKind::kMatrixSelector) {
    const auto& shift = e.kind == ExprKind::kVectorSelector ? as<promql::VectorSelector>(e).shift
                                                            : as<promql::MatrixSelector>(e).selector->shift;
    TRY(const std::int64_t at, evaluator.shifted(shift, t));
    return ReadAt{true, at};
  }
  if (e.kind == ExprKind::kSubquery) {
    TRY(const std::int64_t at, evaluator.shifted(as<promql::SubqueryExpr>(e).shift, t));
    return read_at(evaluator, *as<promql::SubqueryExpr>(e).inner, at);
  }
  std::vector<const promql::Expr*> children;
  if (e.kind == ExprKind::kUnary) children = {as<promql::UnaryExpr>(e).inner.get()};
  if (e.kind == ExprKind::kAggregate) children = {as<promql::AggregateExpr>(e).inner.get()};
  if (e.kind == ExprKind::kBinary)
    children = {as<promql::BinaryExpr>(e).left.get(), as<promql::BinaryExpr>(e).right.get()};
  if (e.kind == ExprKind::kCall) {
    for (const promql::ExprPtr& a : as<promql::CallExpr>(e).arguments) children.push_back(a.get());
  }
  for (const promql::Expr* child : children) {
    TRY(const ReadAt found, read_at(evaluator, *child, t));
    if (found.found) return found;
  }
  return ReadAt{false, t};
}

struct Matchers {
  std::vector<model::Matcher> names;
  std::vector<model::Matcher> data;
};

Result<Matchers> matchers_of(const CallSite& site) {
  Matchers m;
  if (site.count() > 1) {
    for (const model::Matcher& x :
         as<promql::VectorSelector>(promql::unwrap(*site.call.arguments[1])).matchers)
      (x.name() == model::kMetricName ? m.names : m.data).push_back(x);
  }
  const std::string name(model::kMetricName);
  bool says_which = false;
  for (const model::Matcher& x : m.names)
    says_which = says_which || x.type() == model::MatchType::kEqual || x.type() == model::MatchType::kRegex;
  if (m.names.empty()) {
    m.names.push_back(model::Matcher::equal(name, "target_info"));
  } else if (!says_which) {
    TRY(model::Matcher any, model::Matcher::create(model::MatchType::kRegex, name, ".+_info"));
    m.names.push_back(std::move(any));
  }
  return m;
}

bool all_match(const std::vector<model::Matcher>& matchers, const model::Labels& labels) {
  for (const model::Matcher& m : matchers) {
    if (!m.matches(labels)) return false;
  }
  return true;
}

using ByMetric = std::map<std::string, std::map<model::Labels, Evaluator::Found>>;

// The newest series of each info metric and identity.
Result<ByMetric> info_series(const CallSite& site, const Matchers& m, const std::vector<const Element*>& base,
                             std::int64_t at) {
  std::set<std::string> instances;
  std::set<std::string> jobs;
  for (const Element* e : base) {
    instances.insert(std::string(e->labels.get("instance")));
    jobs.insert(std::string(e->labels.get("job")));
  }
  ByMetric all;
  for (const Evaluator::Found& f : site.evaluator.lookup(m.names, at)) {
    const model::Labels& labels = f.series->labels;
    const bool wanted = all_match(m.data, labels) &&
                        instances.contains(std::string(labels.get("instance"))) &&
                        jobs.contains(std::string(labels.get("job")));
    if (!wanted) continue;
    if (f.point->cell.histogram) return failure("info sample should be float");
    const auto [known, added] =
        all[std::string(labels.get(model::kMetricName))].emplace(picked(labels, kIdentity), f);
    if (added) continue;
    if (known->second.point->time == f.point->time) return failure("found duplicate series for info metric");
    if (known->second.point->time < f.point->time) known->second = f;
  }
  return all;
}

Result<model::Labels> enriched(const model::Labels& base, const Matchers& m, const ByMetric& info,
                               bool& any) {
  std::map<std::string, std::string> extra;
  const model::Labels identity = picked(base, kIdentity);
  for (const auto& [metric, series] : info) {
    const auto at = series.find(identity);
    if (at == series.end() || identity.empty()) continue;
    any = true;
    for (const model::LabelView& label : at->second.series->labels) {
      const std::string name(label.name);
      const bool wanted = m.data.empty() || std::any_of(m.data.begin(), m.data.end(),
                                                        [&](const auto& x) { return x.name() == name; });
      if (name == model::kMetricName || !wanted || base.has(name)) continue;
      const auto [known, added] = extra.emplace(name, std::string(label.value));
      if (!added && known->second != label.value) return failure("conflicting label");
    }
  }
  model::LabelsBuilder builder(base);
  for (const auto& [name, value] : extra) builder.set(name, value);
  return builder.build();
}

}  // namespace

Result<Value> info(const CallSite& site) {
  TRY(const Matchers m, matchers_of(site));
  TRY(const Vector input, site.vector(0));
  if (input.empty()) return Value::of(Vector{});
  TRY(const ReadAt when, read_at(site.evaluator, *site.call.arguments[0], site.t));
  std::vector<const Element*> base;
  const auto is_info = [&](const Element& e) {
    const model::Labels name = picked(e.labels, {std::string(model::kMetricName)});
    return all_match(m.names, name);
  };
  for (const Element& e : input) {
    if (!is_info(e)) base.push_back(&e);
  }
  TRY(const ByMetric series, info_series(site, m, base, when.at));
  const bool needed = !all_match(m.data, {});
  Vector result;
  for (const Element& e : input) {
    bool any = false;
    model::Labels labels = e.labels;
    if (!is_info(e)) {
      TRY(labels, enriched(e.labels, m, series, any));
      if (!any && needed) continue;
    }
    result.push_back({std::move(labels), e.cell});
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

}  // namespace isobar::promqltest::naive
