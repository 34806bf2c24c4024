// Splits PromQL text into tokens. Never fails to terminate; a bad character is a kError token with a message.
// Identifiers are not told from keywords here: in PromQL nearly every keyword is also a legal metric name, so
// the parser decides by position. Source: prometheus.io/docs/prometheus/latest/querying/basics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "promql/position.h"

namespace isobar::promql {

enum class Token : unsigned char {
  kEnd,
  kError,
  kIdentifier,  // also metric names with colons
  kNumber,      // 1, 1.5e3, 0x1f
  kDuration,    // 5m, 1h30m
  kString,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAt,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kEqual,          // =
  kEqualEqual,     // ==
  kNotEqual,       // !=
  kRegexMatch,     // =~
  kRegexNotMatch,  // !~
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kTrimUpper,  // </
  kTrimLower,  // >/
};

struct Lexeme {
  Token token = Token::kEnd;
  PositionRange position;
  std::string_view text;  // the source; of errors the message is in `message`
  std::string message;
};

// The last lexeme is kEnd or kError. Views point into `query`.
std::vector<Lexeme> lex(std::string_view query);

// The value of a string literal, quotes included in `literal`; false if an escape is malformed.
bool unquote(std::string_view literal, std::string& out);

}  // namespace isobar::promql
