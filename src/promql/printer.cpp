#include "promql/printer.h"

#include <cmath>

#include "base/duration_text.h"
#include "model/names.h"
#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/keywords.h"
#include "promql/number_text.h"

namespace isobar::promql {
namespace {

constexpr std::size_t kLineWidth = 100;

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (u < 0x20 || u == 0x7f) {
      out += fmt::format("\\x{:02x}", u);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

std::string label_name(std::string_view name) {
  return model::is_legacy_label_name(name) ? std::string(name) : quote(name);
}

std::string label_list(const std::vector<std::string>& names) {
  std::string out = "(";
  for (const std::string& name : names) {
    if (out.size() > 1) out += ", ";
    out += label_name(name);
  }
  return out + ")";
}

// A number that a sign may stand before: infinity has none of its own unless negative.
std::string literal(double value) {
  return std::isinf(value) && value > 0 ? "Inf" : number_text(value);
}

std::string duration(const DurationValue& value) {
  return value.expr ? print(*value.expr) : format_duration(value.value);
}

std::string_view duration_op(DurationExpr::Op op) {
  using Op = DurationExpr::Op;
  switch (op) {
    case Op::kAdd:
      return "+";
    case Op::kSub:
      return "-";
    case Op::kMul:
      return "*";
    case Op::kDiv:
      return "/";
    case Op::kMod:
      return "%";
    default:
      return "^";
  }
}

std::string shift_text(const TimeShift& shift) {
  std::string out;
  if (shift.at == AtAnchor::kStart) out += " @ start()";
  if (shift.at == AtAnchor::kEnd) out += " @ end()";
  if (shift.at == AtAnchor::kTime) {
    const std::int64_t ms = shift.at_time.ms;
    out += fmt::format(" @ {}{}.{:03}", ms < 0 ? "-" : "", std::abs(ms) / 1000, std::abs(ms) % 1000);
  }
  if (shift.has_offset) out += " offset " + duration(shift.offset);
  return out;
}

// Names that the parser would take for something else in a selector's place.
bool is_bare_name(std::string_view name) {
  if (!model::is_legacy_metric_name(name)) return false;
  for (const std::string_view word : {"bool", "on", "ignoring", "group_left", "group_right", "inf", "nan"}) {
    if (is_keyword(name, word)) return false;
  }
  return true;
}

std::string selector_text(const VectorSelector& s) {
  const bool bare = is_bare_name(s.name);
  std::string body;
  if (!s.name.empty() && !bare) body = quote(s.name);
  bool name_seen = s.name.empty();
  for (const model::Matcher& m : s.matchers) {
    const bool is_name =
        m.name() == model::kMetricName && m.type() == model::MatchType::kEqual && m.value() == s.name;
    if (is_name && !name_seen) {
      name_seen = true;
      continue;
    }
    if (!body.empty()) body += ",";
    static constexpr std::string_view kOperators[] = {"=", "!=", "=~", "!~"};
    body +=
        fmt::format("{}{}{}", label_name(m.name()), kOperators[static_cast<int>(m.type())], quote(m.value()));
  }
  std::string out = bare ? s.name : "";
  if (!body.empty() || out.empty()) out += "{" + body + "}";
  return out;
}

std::string extension_text(const VectorSelector& s) {
  if (s.anchored) return " anchored";
  return s.smoothed ? " smoothed" : "";
}

std::string fill_text(const eval::VectorMatching& m) {
  const auto value = [](double v) { return fmt::format("({})", literal(v)); };
  if (m.fill_left && m.fill_right) {
    const bool same =
        *m.fill_left == *m.fill_right || (std::isnan(*m.fill_left) && std::isnan(*m.fill_right));
    if (same) return " fill " + value(*m.fill_left);
    return " fill_left " + value(*m.fill_left) + " fill_right " + value(*m.fill_right);
  }
  if (m.fill_left) return " fill_left " + value(*m.fill_left);
  if (m.fill_right) return " fill_right " + value(*m.fill_right);
  return "";
}

std::string operator_text(const BinaryExpr& b) {
  std::string out(op_text(b.op));
  if (b.return_bool) out += " bool";
  if (b.has_matching) out += (b.matching.on ? " on " : " ignoring ") + label_list(b.matching.labels);
  if (b.matching.cardinality == eval::Cardinality::kManyToOne)
    out += " group_left " + label_list(b.matching.include);
  if (b.matching.cardinality == eval::Cardinality::kOneToMany)
    out += " group_right " + label_list(b.matching.include);
  return out + fill_text(b.matching);
}

std::string aggregate_head(const AggregateExpr& a) {
  std::string out(a.aggregator->name);
  if (a.has_grouping) out += (a.without ? " without " : " by ") + label_list(a.grouping) + " ";
  return out + "(";
}

std::string number(const NumberLiteral& n) {
  if (n.is_duration && std::fabs(n.value) < 1e12)
    return format_duration(Duration::millis(std::llround(n.value * 1000)));
  return literal(n.value);
}

std::string subquery_tail(const SubqueryExpr& s) {
  return fmt::format("[{}:{}]{}", duration(s.range), s.has_step ? duration(s.step) : "", shift_text(s.shift));
}

std::string call(const CallExpr& c) {
  std::string out(c.function->name);
  out += "(";
  for (std::size_t i = 0; i < c.arguments.size(); ++i) {
    if (i > 0) out += ", ";
    out += print(*c.arguments[i]);
  }
  return out + ")";
}

std::string indentation(int level) {
  return std::string(static_cast<std::size_t>(level) * 2, ' ');
}

std::string format_at(const Expr& expr, int level);

std::string format_list(std::string head, const std::vector<const Expr*>& items, int level) {
  std::string out = indentation(level) + std::move(head) + "\n";
  for (std::size_t i = 0; i < items.size(); ++i) {
    out += format_at(*items[i], level + 1) + (i + 1 < items.size() ? ",\n" : "\n");
  }
  return out + indentation(level) + ")";
}

std::string format_call(const CallExpr& c, int level) {
  std::vector<const Expr*> items;
  for (const ExprPtr& argument : c.arguments) items.push_back(argument.get());
  return format_list(std::string(c.function->name) + "(", items, level);
}

std::string format_aggregate(const AggregateExpr& a, int level) {
  std::vector<const Expr*> items;
  if (a.parameter) items.push_back(a.parameter.get());
  items.push_back(a.inner.get());
  return format_list(aggregate_head(a), items, level);
}

std::string format_broken(const Expr& expr, int level) {
  switch (expr.kind) {
    case ExprKind::kBinary: {
      const auto& b = as<BinaryExpr>(expr);
      return format_at(*b.left, level + 1) + "\n" + indentation(level) + operator_text(b) + "\n" +
             format_at(*b.right, level + 1);
    }
    case ExprKind::kParen:
      return format_list("(", {as<ParenExpr>(expr).inner.get()}, level);
    case ExprKind::kCall:
      return format_call(as<CallExpr>(expr), level);
    case ExprKind::kAggregate:
      return format_aggregate(as<AggregateExpr>(expr), level);
    case ExprKind::kSubquery: {
      const auto& s = as<SubqueryExpr>(expr);
      return format_at(*s.inner, level) + subquery_tail(s);
    }
    default:
      return indentation(level).append(print(expr));
  }
}

std::string format_at(const Expr& expr, int level) {
  const std::string text = print(expr);
  if (indentation(level).size() + text.size() > kLineWidth) return format_broken(expr, level);
  return indentation(level).append(text);
}

}  // namespace

std::string print(const DurationExpr& e) {
  using Op = DurationExpr::Op;
  switch (e.op) {
    case Op::kNumber:
      if (e.as_duration && std::fabs(e.seconds) < 1e12) {
        return format_duration(Duration::millis(std::llround(e.seconds * 1000)));
      }
      return literal(e.seconds);
    case Op::kStep:
      return "step()";
    case Op::kRange:
      return "range()";
    case Op::kMinOf:
      return fmt::format("min_of({}, {})", print(*e.left), print(*e.right));
    case Op::kMaxOf:
      return fmt::format("max_of({}, {})", print(*e.left), print(*e.right));
    case Op::kNegate:
      return "-" + print(*e.left);
    case Op::kPlus:
      return "+" + print(*e.left);
    case Op::kParen:
      return "(" + print(*e.left) + ")";
    default:
      return fmt::format("{} {} {}", print(*e.left), duration_op(e.op), print(*e.right));
  }
}

std::string print(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kNumber:
      return number(as<NumberLiteral>(expr));
    case ExprKind::kString:
      return quote(as<StringLiteral>(expr).value);
    case ExprKind::kParen:
      return "(" + print(*as<ParenExpr>(expr).inner) + ")";
    case ExprKind::kUnary:
      return (as<UnaryExpr>(expr).negate ? "-" : "+") + print(*as<UnaryExpr>(expr).inner);
    case ExprKind::kStepInvariant:
      return print(*as<StepInvariantExpr>(expr).inner);
    case ExprKind::kBinary: {
      const auto& b = as<BinaryExpr>(expr);
      return fmt::format("{} {} {}", print(*b.left), operator_text(b), print(*b.right));
    }
    case ExprKind::kAggregate: {
      const auto& a = as<AggregateExpr>(expr);
      return aggregate_head(a) + (a.parameter ? print(*a.parameter) + ", " : "") + print(*a.inner) + ")";
    }
    case ExprKind::kCall:
      return call(as<CallExpr>(expr));
    case ExprKind::kVectorSelector: {
      const auto& s = as<VectorSelector>(expr);
      return selector_text(s) + extension_text(s) + shift_text(s.shift);
    }
    case ExprKind::kMatrixSelector: {
      const auto& m = as<MatrixSelector>(expr);
      return fmt::format("{}[{}]{}{}", selector_text(*m.selector), duration(m.range),
                         extension_text(*m.selector), shift_text(m.selector->shift));
    }
    case ExprKind::kSubquery: {
      const auto& s = as<SubqueryExpr>(expr);
      return print(*s.inner) + subquery_tail(s);
    }
  }
  return "";
}

std::string format(const Expr& expr) {
  return format_at(expr, 0);
}

}  // namespace isobar::promql
