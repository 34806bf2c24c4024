// The recursive-descent parser behind parser.h; internal to the folder. One object parses one text.
#pragma once

#include <string>
#include <vector>

#include "promql/ast.h"
#include "promql/lexer.h"
#include "promql/options.h"
#include "promql/parser.h"

namespace isobar::promql {

class Parser {
 public:
  Parser(std::string_view query, const Features& features);

  Result<ExprPtr> parse_query();
  Result<std::vector<model::Matcher>> parse_selector_only();
  PositionRange error_position() const { return error_position_; }

 private:
  // Counts nested calls, so that hostile input meets a limit and not the end of the stack.
  struct Nesting {
    explicit Nesting(Parser& p) : parser(p) { ++parser.nesting_; }
    ~Nesting() { --parser.nesting_; }
    Parser& parser;
  };

  const Lexeme& peek(std::size_t ahead = 0) const;
  Lexeme take();
  bool at(Token token) const { return peek().token == token; }
  bool at_keyword(std::string_view keyword, std::size_t ahead = 0) const;
  bool accept(Token token);
  Result<Lexeme> expect(Token token, std::string_view context, std::string_view wanted);

  tl::unexpected<Error> error_at(PositionRange position, std::string message);
  tl::unexpected<Error> unexpected(std::string_view context, std::string_view wanted);
  Result<void> check_nesting();
  Result<void> finish(Expr& node, int child_depth, PositionRange position);

  // parser.cpp: expressions
  Result<ExprPtr> parse_binary(int min_precedence);
  Result<ExprPtr> parse_unary();
  Result<ExprPtr> parse_postfix();
  Result<ExprPtr> parse_primary();
  Result<ExprPtr> parse_paren();
  Result<ExprPtr> parse_literal();
  Result<ExprPtr> parse_named();
  Result<ExprPtr> parse_call(const Lexeme& name);
  Result<ExprPtr> parse_aggregate(const Lexeme& name, const AggregatorSpec& spec);
  Result<void> parse_grouping(AggregateExpr& node);
  Result<std::vector<ExprPtr>> parse_arguments(std::string_view callee, int& end, int& depth);
  Result<void> parse_binary_modifiers(BinaryExpr& node);
  Result<void> parse_fill(BinaryExpr& node);
  Result<double> parse_fill_value();

  // parse_selectors.cpp: selectors, label lists, durations, time shifts
  Result<ExprPtr> parse_vector_selector(const Lexeme* name);
  Result<void> parse_matchers(VectorSelector& node, int& end);
  Result<void> parse_matcher(VectorSelector& node);
  Result<void> check_selector(const VectorSelector& node);
  Result<ExprPtr> parse_brackets(ExprPtr inner);
  Result<void> parse_offset(Expr& node, const Lexeme& keyword);
  Result<void> parse_at(Expr& node, const Lexeme& sign);
  Result<void> parse_extension(Expr& node, const Lexeme& keyword);
  Result<std::vector<std::string>> parse_label_list(std::string_view context);
  Result<std::string> parse_label_name(std::string_view context);
  Result<std::string> parse_string(const Lexeme& lexeme);
  Result<DurationValue> parse_bracket_duration();
  Result<DurationValue> parse_offset_duration();
  Result<std::unique_ptr<DurationExpr>> parse_duration_sum(int min_precedence);
  Result<std::unique_ptr<DurationExpr>> parse_duration_operand();
  Result<std::unique_ptr<DurationExpr>> parse_duration_call(DurationExpr::Op op);
  Result<std::unique_ptr<DurationExpr>> join_duration(DurationExpr::Op op, std::unique_ptr<DurationExpr> left,
                                                      std::unique_ptr<DurationExpr> right,
                                                      PositionRange position);
  Result<DurationValue> to_duration_value(std::unique_ptr<DurationExpr> expr, bool must_be_positive);
  Result<double> literal_seconds(const Lexeme& lexeme);

  // type_check.cpp
  Result<void> check_binary(BinaryExpr& node);
  Result<void> check_aggregate(AggregateExpr& node, std::size_t arguments);
  Result<void> check_call(CallExpr& node);
  Result<void> check_types(const CallExpr& node);

  std::string_view query_;
  Features features_;
  std::vector<Lexeme> lexemes_;
  std::size_t next_ = 0;
  int nesting_ = 0;
  bool allow_empty_selector_ = false;  // inside the second argument of info()
  PositionRange error_position_;
};

// The shift of a selector, matrix selector or subquery; null for anything else.
TimeShift* shift_of(Expr& node);

}  // namespace isobar::promql
