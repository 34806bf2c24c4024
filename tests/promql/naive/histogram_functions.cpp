// histogram_*: statistics of native histograms; quantiles and fractions of native and of classic ones.
#include <algorithm>

#include "functions.h"
#include "promql/number_text.h"

namespace isobar::promqltest::naive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Result<Value> for_histograms(const CallSite& site, Num (*f)(const Hist&)) {
  TRY(const Vector input, site.vector(0));
  Vector result;
  for (const Element& e : input) {
    if (e.cell.histogram) result.push_back({nameless(e.labels), {f(*e.cell.histogram), nullptr}});
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

Num deviation(const Hist& h) {
  const Num v = variance(h);
  const double root = std::sqrt(v.number());
  if (!std::isfinite(root)) return root;
  return {root,
          (root > 0 ? std::min(v.doubt / root, std::sqrt(v.doubt)) : std::sqrt(v.doubt)) + 4 * kUnit * root};
}

struct Classic {
  double upper;
  Num count;  // cumulative
};

// Series that belong to one histogram: classic buckets, and the native one of the same labels.
struct Group {
  model::Labels labels;
  std::vector<Classic> classic;
  HistPtr native;
};

std::vector<Group> groups_of(const Vector& input, Log& log) {
  std::vector<Group> groups;
  const auto group_of = [&](const model::Labels& labels) -> Group& {
    for (Group& g : groups) {
      if (g.labels == labels) return g;
    }
    return groups.emplace_back(Group{labels, {}, nullptr});
  };
  for (const Element& e : input) {
    if (e.cell.histogram) {
      group_of(e.labels).native = e.cell.histogram;
      continue;
    }
    const std::optional<double> upper = promql::parse_signed_number(e.labels.get("le"));
    if (!upper) {
      log.warned = true;
      continue;
    }
    model::LabelsBuilder builder(e.labels);
    group_of(builder.remove("le").build()).classic.push_back({*upper, e.cell.number});
  }
  for (const Group& g : groups) log.warned = log.warned || (g.native && !g.classic.empty());
  return groups;
}

// Sorted, with equal bounds joined; false without a +Inf bucket.
bool normalised(std::vector<Classic>& b) {
  std::stable_sort(b.begin(), b.end(), [](const Classic& x, const Classic& y) { return x.upper < y.upper; });
  if (b.empty() || b.back().upper != kInfinity) return false;
  std::vector<Classic> joined;
  for (const Classic& x : b) {
    if (!joined.empty() && joined.back().upper == x.upper) {
      joined.back().count = plus(joined.back().count, x.count);
    } else {
      joined.push_back(x);
    }
  }
  b = std::move(joined);
  return true;
}

bool almost_equal(double a, double b) {
  if (a == b) return true;
  const double sum = std::fabs(a) + std::fabs(b);
  if (a == 0 || b == 0) return false;
  return std::fabs(a - b) / std::min(sum, std::numeric_limits<double>::max()) < 1e-12;
}

// No bucket may count less than a smaller one; by how little rounding makes it do so is not worth a note.
void make_monotonic(std::vector<Classic>& b, Log& log) {
  for (std::size_t i = 1; i < b.size(); ++i) {
    const Num previous = b[i - 1].count;
    Num& count = b[i].count;
    if (std::isnan(count.number()) || std::isnan(previous.number())) log.doubts.undecided = true;
    if (close(previous, count) || almost_equal(previous.number(), count.number())) {
      if (previous.doubt > 0 && previous.number() != count.number()) log.doubts.undecided = true;
      count = previous;
    } else if (count.number() < previous.number()) {
      count = previous;
      log.informed = true;
    }
  }
}

Num classic_quantile(Num phi, std::vector<Classic> b, Log& log) {
  const double q = phi.number();
  if (std::isnan(q)) return kNan;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  if (!normalised(b)) return kNan;
  make_monotonic(b, log);
  const Num total = b.back().count;
  if (b.size() < 2 || total.number() == 0 || std::isnan(total.number())) return kNan;
  const Num rank = times(phi, total);
  std::size_t i = 0;
  // Where a bucket ends and the next one begins the quantile goes on steadily, unless a bucket is empty.
  while (i + 1 < b.size() && less(b[i].count, rounded(rank, 1), log.doubts)) ++i;
  if (i + 1 == b.size()) return b[i - 1].upper;
  if (i == 0 && b[0].upper <= 0) return b[0].upper;
  const double lower = i > 0 ? b[i - 1].upper : 0;
  const Num before = i > 0 ? b[i - 1].count : Num(0.0);
  const Num share = divided(minus(rank, before), minus(b[i].count, before));
  const double width = b[i].upper - lower;
  const double value = lower + width * share.number();
  if (!std::isfinite(value)) return value;
  const long double slip = 64 * kUnit * (std::fabs(rank.value / minus(b[i].count, before).value) + 1);
  return {value, (share.doubt + slip) * std::fabs(width) + 8 * kUnit * (std::fabs(value) + std::fabs(lower))};
}

Num classic_rank(double v, const std::vector<Classic>& b) {
  double lower = b[0].upper > 0 ? 0 : -kInfinity;
  Num before = 0.0;
  for (const Classic& x : b) {
    if (lower >= v) return before;
    if (x.upper > v) {
      double share = (v - lower) / (x.upper - lower);
      // Observations of an unbounded bucket are taken to lie at its bound.
      if (x.upper == kInfinity) share = 0;
      if (lower == -kInfinity && x.upper != kInfinity) share = 1;
      return rounded(plus(before, times(minus(x.count, before), share)), 64);
    }
    before = x.count;
    lower = x.upper;
  }
  return b.back().count;
}

Num classic_fraction(double lower, double upper, std::vector<Classic> b) {
  if (!normalised(b)) return kNan;
  const Num total = b.back().count;
  if (total.number() == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0.0;
  const auto capped = [&](Num rank) { return rank.number() > total.number() ? total : rank; };
  Num result = divided(rounded(minus(capped(classic_rank(upper, b)), capped(classic_rank(lower, b)))), total);
  for (const Classic& x : b) result.doubt += 64 * kUnit * std::fabs(x.count.value / total.value);
  return result;
}

void note_quantile(Num phi, Log& log) {
  if (!(phi.number() >= 0 && phi.number() <= 1)) log.warned = true;
  if (phi.doubt > 0) log.doubts.undecided = true;
}

// One quantile of every histogram, with names dropped.
Vector quantiles(const std::vector<Group>& groups, Num phi, Log& log) {
  Vector result;
  for (const Group& g : groups) {
    if (g.native && g.classic.empty()) {
      const Quantile q = quantile(phi.number(), *g.native, log.doubts);
      log.informed = log.informed || q.note;
      result.push_back({nameless(g.labels), {q.value, nullptr}});
    } else if (!g.native) {
      result.push_back({nameless(g.labels), {classic_quantile(phi, g.classic, log), nullptr}});
    }
  }
  return result;
}

Result<Value> histogram_quantile(const CallSite& site) {
  TRY(const Num phi, site.scalar(0));
  note_quantile(phi, site.log());
  TRY(const Vector input, site.vector(1));
  TRY(Vector result, unique(quantiles(groups_of(input, site.log()), phi, site.log())));
  return Value::of(std::move(result));
}

Result<Value> histogram_quantiles(const CallSite& site) {
  TRY(const Vector input, site.vector(0));
  TRY(const std::string label, site.text(1));
  const std::vector<Group> groups = groups_of(input, site.log());
  Vector result;
  for (std::size_t i = 2; i < site.count(); ++i) {
    TRY(const Num phi, site.scalar(i));
    note_quantile(phi, site.log());
    std::string text = promql::number_text(phi.number());
    if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
    for (const Group& g : groups) {
      const bool counts = !(g.native && !g.classic.empty());
      if (counts && g.labels.has(label)) return failure("histogram_quantiles would overwrite a label");
    }
    for (Element& e : quantiles(groups, phi, site.log())) {
      model::LabelsBuilder builder(e.labels);
      result.push_back({builder.set(label, text).build(), e.cell});
    }
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

Result<Value> histogram_fraction(const CallSite& site) {
  TRY(const Num lower, site.scalar(0));
  TRY(const Num upper, site.scalar(1));
  if (lower.doubt > 0 || upper.doubt > 0) site.log().doubts.undecided = true;
  TRY(const Vector input, site.vector(2));
  Vector result;
  for (const Group& g : groups_of(input, site.log())) {
    if (g.native && g.classic.empty()) {
      if (std::isnan(g.native->sum.number())) site.log().informed = true;
      result.push_back({nameless(g.labels), {fraction(lower.number(), upper.number(), *g.native, site.log().doubts), nullptr}});
    } else if (!g.native) {
      result.push_back(
          {nameless(g.labels), {classic_fraction(lower.number(), upper.number(), g.classic), nullptr}});
    }
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

}  // namespace

Answered call_histogram_function(const CallSite& site) {
  const std::string_view name = site.name();
  if (name == "histogram_count") return for_histograms(site, [](const Hist& h) { return h.count; });
  if (name == "histogram_sum") return for_histograms(site, [](const Hist& h) { return h.sum; });
  if (name == "histogram_avg")
    return for_histograms(site, [](const Hist& h) { return divided(h.sum, h.count); });
  if (name == "histogram_stdvar") return for_histograms(site, variance);
  if (name == "histogram_stddev") return for_histograms(site, deviation);
  if (name == "histogram_quantile") return histogram_quantile(site);
  if (name == "histogram_quantiles") return histogram_quantiles(site);
  if (name == "histogram_fraction") return histogram_fraction(site);
  return {};
}

}  // namespace isobar::promqltest::naive
