// Aggregation operators at one step.
#include <algorithm>

#include "base/utf8.h"
#include "eval/selection.h"
#include "evaluator.h"
#include "promql/aggregators.h"
#include "promql/number_text.h"

namespace isobar::promqltest::naive {
namespace {

struct Group {
  model::Labels labels;
  std::vector<Element> members;
};

std::vector<Num> floats_of(const Group& group) {
  std::vector<Num> values;
  for (const Element& e : group.members) {
    if (!e.cell.histogram) values.push_back(e.cell.number);
  }
  return values;
}
std::vector<HistPtr> histograms_of(const Group& group) {
  std::vector<HistPtr> values;
  for (const Element& e : group.members) {
    if (e.cell.histogram) values.push_back(e.cell.histogram);
  }
  return values;
}

Num extreme_of(const std::vector<Num>& values, bool largest, Doubts&) {
  Num best = values.front();
  for (const Num& v : values) {
    const bool better = largest ? v.number() > best.number() : v.number() < best.number();
    const long double doubt = std::max(best.doubt, v.doubt);
    if (better || std::isnan(best.number())) best = v;
    best.doubt = doubt;
  }
  return best;
}

class Aggregation {
 public:
  Aggregation(std::string_view name, Value parameter, Log& log)
      : name_(name), parameter_(std::move(parameter)), log_(log) {}

  Result<void> check() {
    const bool ratio = name_ == "limit_ratio";
    if (name_ == "count_values") {
      if (parameter_.text.empty() || !is_valid_utf8(parameter_.text)) return failure("invalid label name");
    }
    if (!ratio && name_ != "topk" && name_ != "bottomk" && name_ != "limitk") return {};
    const double p = parameter_.scalar.number();
    if (std::isnan(p)) return failure("parameter is NaN");
    if (!ratio && std::fabs(p) >= 9.2e18) return failure("parameter overflows");
    if (ratio && std::fabs(p) > 1) log_.warned = true;
    return {};
  }

  void run(const Group& group, Vector& out) {
    if (name_ == "topk" || name_ == "bottomk") return best(group, out);
    if (name_ == "limitk" || name_ == "limit_ratio") return sample(group, out);
    if (name_ == "count" || name_ == "count_values")
      return number(group, static_cast<double>(group.members.size()), out);
    if (name_ == "group") return number(group, 1.0, out);
    if (name_ == "sum" || name_ == "avg") return add_up(group, out);
    const std::vector<Num> values = floats_of(group);
    if (values.size() < group.members.size()) log_.informed = true;
    if (values.empty()) return;
    if (name_ == "min" || name_ == "max")
      return number(group, extreme_of(values, name_ == "max", log_.doubts), out);
    if (name_ == "stdvar") return number(group, variance_of(values), out);
    if (name_ == "stddev") return number(group, root_of(variance_of(values)), out);
    const double phi = parameter_.scalar.number();
    if (!(phi >= 0 && phi <= 1)) log_.warned = true;
    number(group, quantile_of(parameter_.scalar, values, log_.doubts), out);
  }

  static Num root_of(Num v) {
    const double root = std::sqrt(v.number());
    if (!std::isfinite(root)) return root;
    // Near zero the root of the doubt is what remains.
    const long double doubt = std::min(std::sqrt(v.doubt), root > 0 ? v.doubt / root : std::sqrt(v.doubt));
    return {root, doubt + 4 * kUnit * root};
  }

 private:
  static void number(const Group& group, Num value, Vector& out) {
    out.push_back({group.labels, {value, nullptr}});
  }

  void add_up(const Group& group, Vector& out) {
    const std::vector<Num> floats = floats_of(group);
    const std::vector<HistPtr> histograms = histograms_of(group);
    if (!floats.empty() && !histograms.empty()) {
      log_.warned = true;
      // What is noted about histograms is noted here too.
      (void)sum_of(histograms, false, log_);
      return;
    }
    if (histograms.empty()) {
      if (name_ == "avg") return number(group, average_of(floats), out);
      Sum sum;
      for (const Num& v : floats) sum.add(v);
      return number(group, rounded(sum.value()), out);
    }
    if (HistPtr sum = sum_of(histograms, name_ == "avg", log_)) {
      auto whole = std::make_shared<Hist>(*sum);
      compact(*whole);
      out.push_back({group.labels, {{}, std::move(whole)}});
    }
  }

  // The k largest (smallest) floats, best first, NaN last; of equal ones the earlier.
  void best(const Group& group, Vector& out) {
    const double k = parameter_.scalar.number();
    if (parameter_.scalar.doubt > 0) log_.doubts.undecided = true;
    if (k < 1) return;
    std::vector<Element> floats;
    for (const Element& e : group.members) {
      if (e.cell.histogram) {
        log_.informed = true;
      } else {
        floats.push_back(e);
      }
    }
    const bool largest = name_ == "topk";
    std::stable_sort(floats.begin(), floats.end(), [&](const Element& a, const Element& b) {
      if (close(a.cell.number, b.cell.number)) log_.doubts.undecided = true;
      const double x = a.cell.number.number();
      const double y = b.cell.number.number();
      if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
      return largest ? x > y : x < y;
    });
    const std::size_t n =
        k < static_cast<double>(floats.size()) ? static_cast<std::size_t>(k) : floats.size();
    out.insert(out.end(), floats.begin(), floats.begin() + static_cast<std::ptrdiff_t>(n));
  }

  void sample(const Group& group, Vector& out) {
    const double p = parameter_.scalar.number();
    if (parameter_.scalar.doubt > 0) log_.doubts.undecided = true;
    if (name_ == "limitk") {
      for (std::size_t i = 0; i < group.members.size() && static_cast<double>(i) < std::floor(p); ++i)
        out.push_back(group.members[i]);
      return;
    }
    for (const Element& e : group.members) {
      const double position = eval::ratio_position(e.labels);
      if (p >= 0 ? position < p : position >= 1 + p) out.push_back(e);
    }
  }

  std::string_view name_;
  Value parameter_;
  Log& log_;
};

}  // namespace

Num average_of(const std::vector<Num>& values) {
  Sum sum;
  for (const Num& v : values) sum.add(v);
  const Num total = sum.value();
  const long double n = static_cast<long double>(values.size());
  // A sum that is too large for a double does not make the mean so.
  return rounded({total.value / n, std::isfinite(total.value) ? total.doubt / n : 0});
}

Num variance_of(const std::vector<Num>& values) {
  Sum sum;
  for (const Num& v : values) sum.add(v);
  const long double n = static_cast<long double>(values.size());
  const Num total = sum.value();
  if (!total.finite()) return std::numeric_limits<double>::quiet_NaN();
  const long double mean = total.value / n;
  Sum squares;
  for (const Num& v : values)
    squares.add(
        {(v.value - mean) * (v.value - mean), 2 * std::fabs(v.value - mean) * v.doubt + v.doubt * v.doubt});
  const Num s = squares.value();
  const long double variance = s.value / n;
  // A running variance loses n u (var + |mean| sd), and what the rounding of the mean itself leaves.
  const long double slip = 16 * n * kUnit;
  const long double doubt =
      slip * (variance + std::fabs(mean) * std::sqrt(variance)) + slip * slip * mean * mean;
  return rounded({variance, s.doubt / n + doubt});
}

// Means are compared and not their bits, so that overflow of the sum is not looked at.
HistPtr sum_of(const std::vector<HistPtr>& histograms, bool mean, Log& log) {
  bool reset = false;
  bool no_reset = false;
  auto sum = std::make_shared<Hist>(*histograms.front());
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    reset = reset || histograms[i]->hint == model::CounterResetHint::kReset;
    no_reset = no_reset || histograms[i]->hint == model::CounterResetHint::kNotReset;
    if (i == 0) continue;
    const Joined joined = join(*sum, *histograms[i], 1, false, log.doubts);
    log.warned = log.warned || joined.incompatible;
    log.informed = log.informed || joined.reconciled;
    if (joined.incompatible) {
      log.order_informs = true;
      return nullptr;
    }
  }
  if (reset && no_reset) log.warned = true;
  const Num n = mean ? static_cast<double>(histograms.size()) : 1.0;
  const auto finish = [&](Num& x) {
    x = rounded({x.value / n.value, x.doubt / n.value}, 8);
    // Sizes cancel within a bucket; the largest count bounds what was lost.
    for (const HistPtr& h : histograms) x.doubt += 4 * kUnit * kUnit * std::fabs(h->count.value);
  };
  if (histograms.size() > 1 || mean) {
    finish(sum->zero_count);
    finish(sum->count);
    finish(sum->sum);
    for (auto& [index, count] : sum->positive) finish(count);
    for (auto& [index, count] : sum->negative) finish(count);
  }
  return sum;
}

Num quantile_of(Num phi, std::vector<Num> values, Doubts& doubts) {
  const double q = phi.number();
  if (phi.doubt > 0) doubts.undecided = true;
  if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  // NaN is the smallest.
  std::sort(values.begin(), values.end(), [](const Num& a, const Num& b) {
    if (std::isnan(a.number()) || std::isnan(b.number()))
      return std::isnan(a.number()) && !std::isnan(b.number());
    return a.number() < b.number();
  });
  const double rank = q * (static_cast<double>(values.size()) - 1);
  const double lower = std::max(0.0, std::floor(rank));
  const double upper = std::min(static_cast<double>(values.size()) - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  const Num a = values[static_cast<std::size_t>(lower)];
  const Num b = values[static_cast<std::size_t>(upper)];
  const double result = a.number() * (1 - weight) + b.number() * weight;
  if (!std::isfinite(result)) return result;
  return {result, a.doubt + b.doubt + 8 * kUnit * (std::fabs(a.value) + std::fabs(b.value))};
}

namespace {

// The value becomes a label before groups are made.
void label_values(Vector& input, const std::string& name, Doubts& doubts) {
  for (Element& e : input) {
    if (e.cell.histogram ? has_doubt(*e.cell.histogram) : e.cell.number.doubt > 0) doubts.undecided = true;
    const std::string text = e.cell.histogram ? promql::histogram_text(to_model(*e.cell.histogram))
                                              : promql::fixed_text(e.cell.number.number());
    model::LabelsBuilder builder(e.labels);
    e.labels = builder.set(name, text).build();
  }
}

model::Labels group_of(const promql::AggregateExpr& expr, const model::Labels& labels,
                       const std::string& value_label) {
  if (expr.without) return dropped(labels, expr.grouping);
  std::vector<std::string> names = expr.grouping;
  if (!value_label.empty()) names.push_back(value_label);
  return picked(labels, names);
}

}  // namespace

Result<Value> evaluate_aggregate(Evaluator& evaluator, const promql::AggregateExpr& expr, std::int64_t t) {
  Value parameter;
  if (expr.parameter) {
    TRY(parameter, evaluator.evaluate(*expr.parameter, t));
  }
  TRY(Vector input, evaluator.vector(*expr.inner, t));
  const std::string value_label = parameter.text;
  Aggregation aggregation(expr.aggregator->name, std::move(parameter), evaluator.log());
  TRYV(aggregation.check());
  if (!value_label.empty()) label_values(input, value_label, evaluator.log().doubts);
  std::vector<Group> groups;
  std::map<model::Labels, std::size_t> index;
  for (Element& e : input) {
    const model::Labels key = group_of(expr, e.labels, value_label);
    const auto [at, added] = index.try_emplace(key, groups.size());
    if (added) groups.push_back({key, {}});
    groups[at->second].members.push_back(std::move(e));
  }
  Vector result;
  for (const Group& group : groups) aggregation.run(group, result);
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

}  // namespace isobar::promqltest::naive
