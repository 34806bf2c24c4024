#include "api/prometheus/syntax_json.h"

#include "codec/json_writer.h"
#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/number_text.h"

namespace isobar::api {
namespace {

using promql::as;

std::string_view type_word(promql::ValueType type) {
  switch (type) {
    case promql::ValueType::kScalar: return "scalar";
    case promql::ValueType::kVector: return "vector";
    case promql::ValueType::kMatrix: return "matrix";
    case promql::ValueType::kString: return "string";
  }
  return "none";
}

std::string_view matcher_operator(model::MatchType type) {
  static constexpr std::string_view kOperators[] = {"=", "!=", "=~", "!~"};
  return kOperators[static_cast<std::size_t>(type)];
}

std::string_view cardinality_text(eval::Cardinality cardinality) {
  static constexpr std::string_view kTexts[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
  return kTexts[static_cast<std::size_t>(cardinality)];
}

// How many arguments may follow the last that must be there; -1: any number.
std::int64_t variadic(const promql::FunctionSpec& f) {
  if (f.name == "histogram_quantiles") return 9;  // Prometheus takes ten quantiles, we do not count them
  return f.max_arguments == promql::FunctionSpec::kUnlimited ? -1 : f.max_arguments - f.min_arguments;
}

// One more than must be there where their number is open: of the type that repeats.
std::size_t argument_types(const promql::FunctionSpec& f) {
  return f.max_arguments == promql::FunctionSpec::kUnlimited ? f.min_arguments + std::size_t{1} : f.max_arguments;
}

class SyntaxWriter {
 public:
  SyntaxWriter(std::string& out, std::string_view query) : json_(out), query_(query) {}

  void write(const promql::Expr& expr) {
    using promql::ExprKind;
    switch (expr.kind) {
      case ExprKind::kNumber: return literal("numberLiteral", promql::fixed_text(as<promql::NumberLiteral>(expr).value));
      case ExprKind::kString: return literal("stringLiteral", as<promql::StringLiteral>(expr).value);
      case ExprKind::kParen: return paren(as<promql::ParenExpr>(expr));
      case ExprKind::kUnary: return unary(as<promql::UnaryExpr>(expr));
      case ExprKind::kBinary: return binary(as<promql::BinaryExpr>(expr));
      case ExprKind::kAggregate: return aggregate(as<promql::AggregateExpr>(expr));
      case ExprKind::kCall: return call(as<promql::CallExpr>(expr));
      case ExprKind::kVectorSelector: return selector(as<promql::VectorSelector>(expr), nullptr);
      case ExprKind::kMatrixSelector: {
        const auto& matrix = as<promql::MatrixSelector>(expr);
        return selector(*matrix.selector, &matrix.range);
      }
      case ExprKind::kSubquery: return subquery(as<promql::SubqueryExpr>(expr));
      case ExprKind::kStepInvariant: return write(*as<promql::StepInvariantExpr>(expr).inner);
    }
  }

 private:
  void literal(std::string_view type, std::string_view value) {
    json_.begin_object().field("type", type).field("val", value).end_object();
  }

  void child(std::string_view key, const promql::ExprPtr& expr) {
    json_.key(key);
    if (expr) write(*expr);
    else json_.null();
  }

  void list(std::string_view key, const std::vector<std::string>& texts) {
    json_.key(key).begin_array();
    for (const std::string& text : texts) json_.string(text);
    json_.end_array();
  }

  void paren(const promql::ParenExpr& e) {
    json_.begin_object();
    child("expr", e.inner);
    json_.field("type", "parenExpr").end_object();
  }

  void unary(const promql::UnaryExpr& e) {
    json_.begin_object();
    child("expr", e.inner);
    json_.field("op", e.negate ? "-" : "+").field("type", "unaryExpr").end_object();
  }

  void fill(std::string_view key, const std::optional<double>& value) {
    json_.key(key);
    if (value) json_.number(*value);
    else json_.null();
  }

  void matching(const promql::BinaryExpr& e) {
    json_.key("matching");
    const bool vectors = e.left->type == promql::ValueType::kVector && e.right->type == promql::ValueType::kVector;
    if (!vectors) {
      json_.null();
      return;
    }
    json_.begin_object().field("card", cardinality_text(e.matching.cardinality)).key("fillValues").begin_object();
    fill("lhs", e.matching.fill_left);
    fill("rhs", e.matching.fill_right);
    json_.end_object();
    list("include", e.matching.include);
    list("labels", e.matching.labels);
    json_.field("on", e.matching.on).end_object();
  }

  void binary(const promql::BinaryExpr& e) {
    json_.begin_object().field("bool", e.return_bool);
    child("lhs", e.left);
    matching(e);
    json_.field("op", promql::op_text(e.op));
    child("rhs", e.right);
    json_.field("type", "binaryExpr").end_object();
  }

  void aggregate(const promql::AggregateExpr& e) {
    json_.begin_object();
    child("expr", e.inner);
    list("grouping", e.grouping);
    json_.field("op", e.aggregator->name);
    child("param", e.parameter);
    json_.field("type", "aggregation").field("without", e.without).end_object();
  }

  void call(const promql::CallExpr& e) {
    const promql::FunctionSpec& f = *e.function;
    json_.begin_object().key("args").begin_array();
    for (const promql::ExprPtr& argument : e.arguments) write(*argument);
    json_.end_array().key("func").begin_object().key("argTypes").begin_array();
    for (std::size_t i = 0; i < argument_types(f); ++i) json_.string(type_word(f.arguments[i]));
    json_.end_array().field("name", f.name).field("returnType", type_word(f.returns)).field("variadic", variadic(f));
    json_.end_object().field("type", "call").end_object();
  }

  void matcher(const model::Matcher& m) {
    json_.begin_object().field("name", m.name()).field("type", matcher_operator(m.type())).field("value", m.value()).end_object();
  }

  // A name in front of the braces is the last matcher in Prometheus' tree, and the first in ours.
  void matchers(const promql::VectorSelector& s, bool name_in_front) {
    json_.key("matchers").begin_array();
    for (std::size_t i = name_in_front ? 1 : 0; i < s.matchers.size(); ++i) matcher(s.matchers[i]);
    if (name_in_front) matcher(s.matchers.front());
    json_.end_array();
  }

  void start_or_end(const promql::TimeShift& shift) {
    json_.key("startOrEnd");
    if (shift.at == promql::AtAnchor::kStart) json_.string("start");
    else if (shift.at == promql::AtAnchor::kEnd) json_.string("end");
    else json_.null();
  }

  void timestamp(const promql::TimeShift& shift) {
    json_.key("timestamp");
    if (shift.at == promql::AtAnchor::kTime) json_.integer(shift.at_time.ms);
    else json_.null();
  }

  // A matrix selector where there is a `range`. A name in quotes, within the braces, is a matcher only.
  void selector(const promql::VectorSelector& s, const promql::DurationValue* range) {
    const auto start = static_cast<std::size_t>(s.position.start);
    const bool name_in_front = !s.name.empty() && start < query_.size() && query_[start] != '{';
    json_.begin_object().field("anchored", s.anchored);
    matchers(s, name_in_front);
    json_.field("name", name_in_front ? std::string_view(s.name) : std::string_view());
    json_.field("offset", s.shift.offset.value.ms);
    if (range != nullptr) json_.field("range", range->value.ms);
    json_.field("smoothed", s.smoothed);
    start_or_end(s.shift);
    timestamp(s.shift);
    json_.field("type", range != nullptr ? "matrixSelector" : "vectorSelector").end_object();
  }

  void subquery(const promql::SubqueryExpr& e) {
    json_.begin_object().field("alignEvalTime", false);  // a form that our language has not
    child("expr", e.inner);
    json_.field("offset", e.shift.offset.value.ms).field("range", e.range.value.ms);
    start_or_end(e.shift);
    json_.field("step", e.step.value.ms);
    timestamp(e.shift);
    json_.field("type", "subquery").end_object();
  }

  codec::JsonWriter json_;
  std::string_view query_;
};

}  // namespace

std::string syntax_json(const promql::Expr& expr, std::string_view query) {
  std::string out;
  SyntaxWriter(out, query).write(expr);
  return out;
}

}  // namespace isobar::api
