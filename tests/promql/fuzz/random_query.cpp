#include "random_query.h"

#include <fmt/format.h>

#include "promql/aggregators.h"
#include "promql/functions.h"

namespace isobar::promqltest {
namespace {

using promql::FunctionSpec;
using promql::ValueType;

class Generator {
 public:
  Generator(Random& random, const DataTimes& times) : random_(random), times_(times) {}

  std::string root() {
    const int depth = static_cast<int>(random_.between(1, 4));
    if (random_.percent(5)) return scalar(depth);
    if (random_.percent(2)) return matrix("", depth);
    return vector(depth);
  }

 private:
  std::string vector(int depth) {
    if (depth <= 0 || random_.percent(10)) return selector(false);
    switch (random_.below(20)) {
      case 0:
        return "(" + vector(depth - 1) + ")";
      case 1:
        return "-" + operand(depth - 1);
      case 2:
      case 3:
      case 4:
        return aggregate(depth - 1);
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
        return binary(depth - 1);
      default:
        return call(ValueType::kVector, depth - 1);
    }
  }

  std::string operand(int depth) { return "(" + vector(depth) + ")"; }

  std::string number() {
    switch (random_.below(10)) {
      case 0:
        return std::string(random_.any({"NaN", "Inf", "-Inf", "-1", "0", "1e3"}));
      case 1:
      case 2:
        return std::string(random_.any({"0.1", "0.25", "0.5", "0.9", "0.99", "1"}));
      default:
        return std::string(random_.any({"0.5", "1", "2", "3", "10", "0.3", "-2.5", "100"}));
    }
  }

  std::string scalar(int depth) {
    if (depth <= 0 || random_.percent(60)) return number();
    switch (random_.below(4)) {
      case 0:
        return fmt::format("({} {} {})", scalar(depth - 1),
                           random_.any({"+", "-", "*", "/", "%", "^", "atan2"}), scalar(depth - 1));
      case 1:
        return fmt::format("({} {} bool {})", scalar(depth - 1),
                           random_.any({"==", "!=", "<", "<=", ">", ">="}), scalar(depth - 1));
      default:
        return call(ValueType::kScalar, depth - 1);
    }
  }

  std::string duration() {
    if (random_.percent(6))
      return std::string(
          random_.any({"(1m + step())", "(30s * 3)", "max_of(step(), 45s)", "(range() + 1m)"}));
    return std::string(random_.any({"15s", "20s", "1m", "90s", "2m", "5m", "37s", "10m"}));
  }

  std::string shift() {
    std::string text;
    if (random_.percent(10)) {
      text += random_.percent(40) ? std::string(random_.any({" @ start()", " @ end()"}))
                                  : fmt::format(" @ {}.5", random_.between(times_.first, times_.last) / 1000);
    }
    if (random_.percent(12)) {
      const std::string d = duration();
      text += random_.percent(30) && d[0] != '(' && d[0] != 'm' ? " offset -" + d : " offset " + d;
    }
    return text;
  }

  std::string matchers() {
    if (random_.percent(50)) return "";
    return std::string(
        random_.any({"{job=\"api\"}", "{instance=~\"1|2\"}", "{job!=\"api\"}", "{instance=\"10\"}",
                     "{code=\"500\"}", "{code=\"\"}", "{job=~\"a.*\", instance!~\"2\"}", "{job=\"none\"}"}));
  }

  std::string name() {
    return std::string(random_.any({"requests_total", "requests_total", "errors_total", "errors_total",
                                    "temperature", "temperature", "load", "limit", "latency_bucket",
                                    "latency", "latency", "size", "size", "spread", "mixed", "target_info"}));
  }

  // One metric only: the order of its series is that of their labels at every step.
  std::string one_metric() { return name() + matchers() + shift(); }

  std::string selector(bool range) {
    std::string text;
    if (random_.percent(5)) {
      text = std::string(
          random_.any({"{__name__=~\"requests_total|errors_total\"}", "{__name__=~\"load|temperature\"}",
                       "{__name__=~\"l.*\"}", "{__name__=~\"size|latency\", job=\"db\"}",
                       "{\"temperature\", job=\"db\"}"}));
    } else {
      text = name() + matchers();
    }
    if (!range && random_.percent(4)) text += " smoothed";
    return text + shift();
  }

  std::string matrix(std::string_view function, int depth) {
    if (depth > 0 && random_.percent(25)) {
      const std::string step =
          random_.percent(70) ? std::string(random_.any({"15s", "30s", "1m", "7s"})) : "";
      return fmt::format("{}[{}:{}]{}", operand(depth - 1), duration(), step, shift());
    }
    std::string extension;
    const bool rates = function == "rate" || function == "increase" || function == "delta";
    const bool counts = function == "changes" || function == "resets";
    // Elsewhere it is an error, which is found before anything is evaluated.
    if ((rates || counts) && random_.percent(30))
      extension = rates && random_.percent(50) ? " smoothed" : " anchored";
    return fmt::format("{}{}[{}]{}{}", name(), matchers(), duration(), extension, shift());
  }

  std::string text(std::string_view function, std::size_t i) {
    if (function == "label_replace" && random_.percent(80)) {
      if (i == 1) return std::string(random_.any({"\"job\"", "\"copy\"", "\"instance\"", "\"__name__\""}));
      if (i == 2)
        return std::string(
            random_.any({"\"$1\"", "\"x${1}y\"", "\"$1y\"", "\"$$\"", "\"\"", "\"fixed\"", "\"${who}\""}));
      if (i == 3) return std::string(random_.any({"\"job\"", "\"instance\"", "\"none\"", "\"code\""}));
      return std::string(random_.any(
          {"\"(.*)\"", "\"(a)(p)i\"", "\"(.).*\"", "\"(?P<who>d.)\"", "\"\"", "\"1|2\"", "\"(\""}));
    }
    // That one's name is both there and gone.
    if (function == "histogram_quantiles") return std::string(random_.any({"\"q\"", "\"copy\"", "\"job\""}));
    return std::string(random_.any({"\"job\"", "\"instance\"", "\"code\"", "\"le\"", "\"copy\"",
                                    "\"__name__\"", "\"-\"", "\"q\"", "\"\""}));
  }

  std::string argument(const FunctionSpec& f, std::size_t i, int depth) {
    const std::size_t last =
        f.max_arguments == FunctionSpec::kUnlimited ? f.min_arguments : f.arguments.size() - 1;
    switch (f.arguments[std::min(i, last)]) {
      case ValueType::kScalar:
        return scalar(depth);
      case ValueType::kString:
        return text(f.name, i);
      case ValueType::kMatrix:
        return matrix(f.name, depth);
      case ValueType::kVector:
        break;
    }
    if (f.name == "info" && i == 1)
      return std::string(
          random_.any({"{version=~\".+\"}", "{__name__=\"build_info\"}",
                       "{__name__=~\".+_info\", commit=~\".*\"}", "{region=\"eu\"}", "{none=\"x\"}"}));
    if (f.name.starts_with("histogram_") && random_.percent(75)) return histograms(depth);
    return vector(depth);
  }

  // What functions of histograms are usually given.
  std::string histograms(int depth) {
    const std::string_view metric = random_.any({"latency_bucket", "latency", "size", "spread", "mixed"});
    const std::string series = std::string(metric) + (random_.percent(30) ? matchers() : "");
    switch (random_.below(depth > 0 ? 4 : 2)) {
      case 0:
        return series + shift();
      case 1:
        return fmt::format("rate({}[{}]{})", series, duration(), shift());
      case 2:
        return fmt::format("sum by ({}) (increase({}[{}]))",
                           random_.any({"le", "le, job", "job", "instance, le"}), series, duration());
      default:
        return fmt::format(
            "{}({}[{}])", random_.any({"sum_over_time", "avg_over_time", "delta", "irate", "last_over_time"}),
            series, duration());
    }
  }

  std::string call(ValueType returns, int depth) {
    const auto& all = promql::functions();
    const FunctionSpec* f = nullptr;
    do {
      f = all[random_.below(all.size())];
    } while (f->returns != returns);
    std::size_t count = f->min_arguments;
    if (f->max_arguments == FunctionSpec::kUnlimited) {
      count += random_.below(3);
    } else {
      count += random_.below(std::uint64_t{f->max_arguments} - f->min_arguments + 1);
    }
    std::string out = std::string(f->name) + "(";
    for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? ", " : "") + argument(*f, i, depth);
    return out + ")";
  }

  std::string label_list() {
    std::string out = "(";
    for (std::uint64_t n = random_.below(3); n > 0; --n)
      out += fmt::format("{}{}", random_.any({"job", "instance", "code", "le", "none", "__name__"}),
                         n > 1 ? ", " : "");
    return out + ")";
  }

  std::string aggregate(int depth) {
    const auto all = promql::aggregators();
    const promql::AggregatorSpec& a = all[random_.below(all.size())];
    std::string grouping;
    if (random_.percent(60)) grouping = fmt::format(" {} {}", random_.any({"by", "without"}), label_list());
    // Which of equal members these choose depends on an order that only plain selectors have.
    const bool ordered = a.name == "topk" || a.name == "bottomk" || a.name == "limitk";
    const std::string inner = ordered ? one_metric() : vector(depth);
    std::string parameter;
    if (a.has_parameter) {
      parameter = a.parameter == ValueType::kString
                      ? std::string(random_.any({"\"value\"", "\"job\"", "\"\""}))
                      : scalar(depth);
      if (a.name == "limit_ratio")
        parameter = std::string(random_.any({"0.5", "-0.5", "0.1", "1", "-2", "NaN", "0"}));
      parameter += ", ";
    }
    return fmt::format("{}{} ({}{})", a.name, grouping, parameter, inner);
  }

  std::string matching(bool set) {
    std::string out;
    if (random_.percent(60)) {
      out = fmt::format(" {} {}", random_.any({"on", "ignoring"}),
                        random_.any({"(job)", "(job, instance)", "(code)", "(instance)", "()",
                                     "(code, instance)", "(code, le)"}));
      if (!set && random_.percent(50))
        out += fmt::format(" {} {}", random_.any({"group_left", "group_right"}),
                           random_.any({"", "()", "(version)", "(code)", "(none)"}));
    }
    if (!set && random_.percent(15)) {
      const std::string value = std::string(random_.any({"0", "1", "-3", "NaN"}));
      out += random_.percent(50) ? fmt::format(" fill ({})", value)
                                 : fmt::format(" {} ({})", random_.any({"fill_left", "fill_right"}), value);
    }
    return out;
  }

  std::string binary(int depth) {
    if (random_.percent(15))
      return fmt::format("{} {}{} {}", operand(depth), random_.any({"and", "or", "unless"}), matching(true),
                         operand(depth));
    const std::string op(random_.any({"+",  "-", "*",  "/",  "%",  "^", "atan2", "==", "!=", "<",
                                      "<=", ">", ">=", "</", ">/", "+", "-",     "*",  "/",  ">"}));
    const bool comparison = op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=";
    const std::string modifier = comparison && random_.percent(40) ? " bool" : "";
    switch (random_.below(5)) {
      case 0:
        return fmt::format("{} {}{} {}", operand(depth), op, modifier, scalar(depth));
      case 1:
        return fmt::format("{} {}{} {}", scalar(depth), op, modifier, operand(depth));
      case 2: {
        // Vectors that meet.
        const auto side = [&] { return operand(0); };
        return fmt::format("{} {}{}{} {}", side(), op, modifier, matching(false), side());
      }
      case 3: {
        const std::string same = one_metric();
        return fmt::format("{} {}{}{} {}", same, op, modifier, matching(false),
                           random_.percent(50) ? same : one_metric());
      }
      default: {
        // What stands there twice is not computed twice.
        const std::string left = operand(depth);
        return fmt::format("{} {}{}{} {}", left, op, modifier, matching(false), random_.percent(25) ? left : operand(depth));
      }
    }
  }

  Random& random_;
  const DataTimes& times_;
};

}  // namespace

std::string random_query(Random& random, const DataTimes& times) {
  return Generator(random, times).root();
}

}  // namespace isobar::promqltest
