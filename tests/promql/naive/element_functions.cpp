// Functions of one float each: mathematics, dates, clamp and round.
#include <chrono>
#include <functional>
#include <numbers>

#include "functions.h"

namespace isobar::promqltest::naive {
namespace {

using Element1 = double (*)(double);

const std::map<std::string_view, Element1>& plain_functions() {
  static const std::map<std::string_view, Element1> all{
      {"abs", [](double x) { return std::fabs(x); }},
      {"ceil", [](double x) { return std::ceil(x); }},
      {"floor", [](double x) { return std::floor(x); }},
      {"exp", [](double x) { return std::exp(x); }},
      {"sqrt", [](double x) { return std::sqrt(x); }},
      {"ln", [](double x) { return std::log(x); }},
      {"log2", [](double x) { return std::log2(x); }},
      {"log10", [](double x) { return std::log10(x); }},
      {"sgn", [](double x) { return x < 0 ? -1.0 : (x > 0 ? 1.0 : x); }},
      {"sin", [](double x) { return std::sin(x); }},
      {"cos", [](double x) { return std::cos(x); }},
      {"tan", [](double x) { return std::tan(x); }},
      {"asin", [](double x) { return std::asin(x); }},
      {"acos", [](double x) { return std::acos(x); }},
      {"atan", [](double x) { return std::atan(x); }},
      {"sinh", [](double x) { return std::sinh(x); }},
      {"cosh", [](double x) { return std::cosh(x); }},
      {"tanh", [](double x) { return std::tanh(x); }},
      {"asinh", [](double x) { return std::asinh(x); }},
      {"acosh", [](double x) { return std::acosh(x); }},
      {"atanh", [](double x) { return std::atanh(x); }},
      {"rad", [](double x) { return x * std::numbers::pi / 180; }},
      {"deg", [](double x) { return x * 180 / std::numbers::pi; }},
  };
  return all;
}

// Of whole seconds since 1970, fractions cut off.
struct Date {
  std::chrono::year_month_day day;
  std::chrono::sys_days days;
  std::int64_t seconds;
};
Date date_of(double unix_seconds) {
  const std::chrono::sys_seconds whole{std::chrono::seconds(static_cast<std::int64_t>(unix_seconds))};
  const auto days = std::chrono::floor<std::chrono::days>(whole);
  return {std::chrono::year_month_day(days), days, (whole - days).count()};
}

const std::map<std::string_view, double (*)(const Date&)>& date_functions() {
  using namespace std::chrono;
  static const std::map<std::string_view, double (*)(const Date&)> all{
      {"minute", [](const Date& d) { return static_cast<double>(d.seconds / 60 % 60); }},
      {"hour", [](const Date& d) { return static_cast<double>(d.seconds / 3600); }},
      {"day_of_month", [](const Date& d) { return static_cast<double>(static_cast<unsigned>(d.day.day())); }},
      {"day_of_week", [](const Date& d) { return static_cast<double>(weekday(d.days).c_encoding()); }},
      {"day_of_year",
       [](const Date& d) {
         return static_cast<double>((d.days - sys_days(d.day.year() / January / 1)).count() + 1);
       }},
      {"days_in_month",
       [](const Date& d) {
         const year_month_day_last last = d.day.year() / d.day.month() / std::chrono::last;
         return static_cast<double>(static_cast<unsigned>(last.day()));
       }},
      {"month", [](const Date& d) { return static_cast<double>(static_cast<unsigned>(d.day.month())); }},
      {"year", [](const Date& d) { return static_cast<double>(static_cast<int>(d.day.year())); }},
  };
  return all;
}

// As Go's math.Max and math.Min: infinity wins over NaN.
double largest(double a, double b) {
  if (a == HUGE_VAL || b == HUGE_VAL) return HUGE_VAL;
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  return std::fmax(a, b);
}
double smallest(double a, double b) {
  return -largest(-a, -b);
}

Result<Value> for_floats(const CallSite& site, const std::function<Num(Num)>& f) {
  TRY(const Vector input, site.vector(0));
  Vector result;
  for (const Element& e : input) {
    if (!e.cell.histogram) result.push_back({nameless(e.labels), {f(e.cell.number), nullptr}});
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

Result<Value> date_function(const CallSite& site, double (*part)(const Date&)) {
  if (site.count() == 0) {
    const double now = part(date_of(static_cast<double>(site.t / 1000)));
    return Value::of(Vector{{{}, {now, nullptr}}});
  }
  return for_floats(site, [&](Num x) {
    // Nobody defines the date of infinity, and years have five digits here.
    if (!(std::fabs(x.number()) < 9e11)) {
      site.log().doubts.undecided = true;
      return Num(0.0);
    }
    return through([&](double seconds) { return part(date_of(seconds)); }, x);
  });
}

Result<Value> clamp(const CallSite& site, Num low, Num high) {
  if (less(high, low, site.log().doubts)) {
    TRYV(site.vector(0));
    return Value::of(Vector{});
  }
  return for_floats(site, [&](Num x) {
    const double v = largest(low.number(), smallest(high.number(), x.number()));
    return Num(v, low.doubt + high.doubt + x.doubt);
  });
}

Result<Value> clamp_call(const CallSite& site) {
  Num low = -HUGE_VAL;
  Num high = HUGE_VAL;
  if (site.name() != "clamp_max") {
    TRY(low, site.scalar(1));
  }
  if (site.name() != "clamp_min") {
    TRY(high, site.scalar(site.name() == "clamp" ? 2 : 1));
  }
  return clamp(site, low, high);
}

Result<Value> round_call(const CallSite& site) {
  Num nearest = 1.0;
  if (site.count() > 1) {
    TRY(nearest, site.scalar(1));
  }
  if (nearest.doubt > 0) site.log().doubts.undecided = true;
  const double inverse = 1 / nearest.number();
  return for_floats(site, [&](Num x) {
    return through([&](double v) { return std::floor(v * inverse + 0.5) / inverse; }, x);
  });
}

}  // namespace

Answered call_element_function(const CallSite& site) {
  const auto plain = plain_functions().find(site.name());
  if (plain != plain_functions().end()) {
    const Element1 f = plain->second;
    return for_floats(site, [f](Num x) { return through(f, x); });
  }
  const auto date = date_functions().find(site.name());
  if (date != date_functions().end()) return date_function(site, date->second);
  if (site.name().starts_with("clamp")) return clamp_call(site);
  if (site.name() == "round") return round_call(site);
  return {};
}

}  // namespace isobar::promqltest::naive
