#include "coverage.h"

#include <set>

#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/parser.h"
#include "script.h"

namespace isobar::promqltest {
namespace {

using promql::as;
using promql::ExprKind;

class Usage {
 public:
  void visit(const promql::Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kNumber:
        if (as<promql::NumberLiteral>(expr).is_duration) add("duration as a number");
        return;
      case ExprKind::kString:
        return add("string literal");
      case ExprKind::kParen:
        return visit(*as<promql::ParenExpr>(expr).inner);
      case ExprKind::kStepInvariant:
        return visit(*as<promql::StepInvariantExpr>(expr).inner);
      case ExprKind::kUnary:
        add(as<promql::UnaryExpr>(expr).negate ? "unary -" : "unary +");
        return visit(*as<promql::UnaryExpr>(expr).inner);
      case ExprKind::kBinary:
        return binary(as<promql::BinaryExpr>(expr));
      case ExprKind::kAggregate:
        return aggregate(as<promql::AggregateExpr>(expr));
      case ExprKind::kCall:
        add(std::string(as<promql::CallExpr>(expr).function->name) + "()");
        for (const promql::ExprPtr& a : as<promql::CallExpr>(expr).arguments) visit(*a);
        return;
      case ExprKind::kVectorSelector:
        return selector(as<promql::VectorSelector>(expr));
      case ExprKind::kMatrixSelector:
        duration(as<promql::MatrixSelector>(expr).range);
        return selector(*as<promql::MatrixSelector>(expr).selector);
      case ExprKind::kSubquery:
        return subquery(as<promql::SubqueryExpr>(expr));
    }
  }

  const std::set<std::string>& used() const { return used_; }

 private:
  void add(std::string name) { used_.insert(std::move(name)); }

  void binary(const promql::BinaryExpr& e) {
    add("operator " + std::string(op_text(e.op)));
    if (e.return_bool) add("bool");
    const eval::VectorMatching& m = e.matching;
    if (e.has_matching) add(m.on ? "on" : "ignoring");
    if (m.cardinality == eval::Cardinality::kManyToOne)
      add(m.include.empty() ? "group_left" : "group_left (label)");
    if (m.cardinality == eval::Cardinality::kOneToMany)
      add(m.include.empty() ? "group_right" : "group_right (label)");
    if (m.fill_left) add(m.fill_right ? "fill" : "fill_left");
    if (m.fill_right && !m.fill_left) add("fill_right");
    visit(*e.left);
    visit(*e.right);
  }

  void aggregate(const promql::AggregateExpr& e) {
    const std::string name(e.aggregator->name);
    add(name);
    if (e.has_grouping) add(e.without ? "without" : "by");
    if (e.parameter) visit(*e.parameter);
    visit(*e.inner);
  }

  void selector(const promql::VectorSelector& s) {
    if (s.anchored) add("anchored");
    if (s.smoothed) add("smoothed");
    for (const model::Matcher& m : s.matchers) add(matcher_name(m.type()));
    shift(s.shift);
  }

  void subquery(const promql::SubqueryExpr& s) {
    add(s.has_step ? "subquery with a step" : "subquery without a step");
    duration(s.range);
    duration(s.step);
    shift(s.shift);
    visit(*s.inner);
  }

  void shift(const promql::TimeShift& s) {
    if (s.has_offset) add(s.offset.value.ms < 0 ? "negative offset" : "offset");
    duration(s.offset);
    if (s.at == promql::AtAnchor::kTime) add("@ time");
    if (s.at == promql::AtAnchor::kStart) add("@ start()");
    if (s.at == promql::AtAnchor::kEnd) add("@ end()");
  }

  void duration(const promql::DurationValue& d) {
    if (d.expr) add("duration expression");
  }

  static std::string matcher_name(model::MatchType type) {
    switch (type) {
      case model::MatchType::kEqual:
        return "matcher =";
      case model::MatchType::kNotEqual:
        return "matcher !=";
      case model::MatchType::kRegex:
        return "matcher =~";
      case model::MatchType::kNotRegex:
        return "matcher !~";
    }
    return "";
  }

  std::set<std::string> used_;
};

std::vector<std::string> wanted() {
  std::vector<std::string> names;
  for (const promql::FunctionSpec* f : promql::functions()) names.push_back(std::string(f->name) + "()");
  for (const promql::AggregatorSpec& a : promql::aggregators()) names.emplace_back(a.name);
  for (int op = 0; op <= static_cast<int>(promql::BinaryOp::kTrimLower); ++op)
    names.push_back("operator " + std::string(op_text(static_cast<promql::BinaryOp>(op))));
  for (const char* name : {"unary -",
                           "unary +",
                           "string literal",
                           "duration as a number",
                           "bool",
                           "on",
                           "ignoring",
                           "group_left",
                           "group_left (label)",
                           "group_right",
                           "group_right (label)",
                           "fill",
                           "fill_left",
                           "fill_right",
                           "by",
                           "without",
                           "anchored",
                           "smoothed",
                           "matcher =",
                           "matcher !=",
                           "matcher =~",
                           "matcher !~",
                           "subquery with a step",
                           "subquery without a step",
                           "offset",
                           "negative offset",
                           "@ time",
                           "@ start()",
                           "@ end()",
                           "duration expression"})
    names.emplace_back(name);
  return names;
}

}  // namespace

Result<std::vector<std::string>> unused_in(const std::vector<std::string>& scripts) {
  Usage usage;
  for (const std::string& text : scripts) {
    TRY(const std::vector<Command> commands, parse_script(text));
    for (const Command& command : commands) {
      const auto* eval = std::get_if<EvalCommand>(&command.what);
      if (eval == nullptr || !eval->fail.empty()) continue;
      const auto expr = promql::parse(eval->query, promql::Features::all());
      if (expr) usage.visit(**expr);
    }
  }
  std::vector<std::string> unused;
  for (const std::string& name : wanted()) {
    if (!usage.used().contains(name)) unused.push_back(name);
  }
  return unused;
}

}  // namespace isobar::promqltest
