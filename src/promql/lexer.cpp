#include "promql/lexer.h"

namespace isobar::promql {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string quoted(char c) {
  const auto u = static_cast<unsigned char>(c);
  if (u >= 0x20 && u < 0x7f) return fmt::format("'{}'", c);
  return fmt::format("'\\x{:02x}'", u);
}

class Lexer {
 public:
  explicit Lexer(std::string_view query) : query_(query) {}

  std::vector<Lexeme> run() {
    while (true) {
      skip_blank();
      start_ = at_;
      if (at_ >= query_.size()) {
        finish();
        return std::move(lexemes_);
      }
      step();
      if (lexemes_.back().token == Token::kError) return std::move(lexemes_);
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0'; }

  void skip_blank() {
    while (at_ < query_.size()) {
      if (is_space(query_[at_])) {
        ++at_;
      } else if (query_[at_] == '#') {
        while (at_ < query_.size() && query_[at_] != '\n') ++at_;
      } else {
        return;
      }
    }
  }

  void emit(Token token, std::size_t length = 0) {
    at_ += length;
    lexemes_.push_back(
        {token, {static_cast<int>(start_), static_cast<int>(at_)}, query_.substr(start_, at_ - start_), {}});
  }
  void error(std::string message) {
    emit(Token::kError);
    lexemes_.back().message = std::move(message);
  }

  void finish() {
    if (braces_) return error("unexpected end of input inside braces");
    if (brackets_ > 0)
      return error("unexpected end of input in subquery or range selector: missing right bracket");
    if (parens_ > 0) return error("unclosed left parenthesis");
    emit(Token::kEnd);
  }

  void step() {
    const char c = query_[at_];
    if (c == '"' || c == '\'' || c == '`') return string(c);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    const bool colon_starts_name = c == ':' && !braces_ && brackets_ == 0;
    if (is_letter(c) || colon_starts_name) return identifier();
    if (braces_) return inside_braces(c);
    punctuation(c);
  }

  void identifier() {
    const bool colons = !braces_ && brackets_ == 0;
    while (is_letter(peek()) || is_digit(peek()) || (colons && peek() == ':')) ++at_;
    emit(Token::kIdentifier);
  }

  void inside_braces(char c) {
    switch (c) {
      case '}':
        braces_ = false;
        return emit(Token::kRightBrace, 1);
      case ',':
        return emit(Token::kComma, 1);
      case '=':
        if (peek(1) == '~') return emit(Token::kRegexMatch, 2);
        return emit(Token::kEqual, 1);
      case '!':
        if (peek(1) == '~') return emit(Token::kRegexNotMatch, 2);
        if (peek(1) == '=') return emit(Token::kNotEqual, 2);
        ++at_;
        return error(fmt::format("unexpected character after '!' inside braces: {}", quoted(peek())));
      default:
        ++at_;
        return error(fmt::format("unexpected character inside braces: {}", quoted(c)));
    }
  }

  void punctuation(char c) {
    switch (c) {
      case '(':
        ++parens_;
        return emit(Token::kLeftParen, 1);
      case ')':
        if (parens_ == 0) return error(fmt::format("unexpected right parenthesis {}", quoted(c)));
        --parens_;
        return emit(Token::kRightParen, 1);
      case '{':
        braces_ = true;
        return emit(Token::kLeftBrace, 1);
      case '[':
        ++brackets_;
        return emit(Token::kLeftBracket, 1);
      case ']':
        if (brackets_ == 0) return error(fmt::format("unexpected right bracket {}", quoted(c)));
        --brackets_;
        return emit(Token::kRightBracket, 1);
      case ',':
        return emit(Token::kComma, 1);
      case ':':
        return emit(Token::kColon, 1);
      case '@':
        return emit(Token::kAt, 1);
      case '+':
        return emit(Token::kAdd, 1);
      case '-':
        return emit(Token::kSub, 1);
      case '*':
        return emit(Token::kMul, 1);
      case '/':
        return emit(Token::kDiv, 1);
      case '%':
        return emit(Token::kMod, 1);
      case '^':
        return emit(Token::kPow, 1);
      default:
        return comparison(c);
    }
  }

  void comparison(char c) {
    const char next = peek(1);
    if (c == '=') {
      if (next == '=') return emit(Token::kEqualEqual, 2);
      if (next == '~') {
        at_ += 2;
        return error(fmt::format("unexpected character after '=': {}", quoted(next)));
      }
      return emit(Token::kEqual, 1);
    }
    if (c == '!') {
      if (next == '=') return emit(Token::kNotEqual, 2);
      ++at_;
      return error(fmt::format("unexpected character after '!': {}", quoted(next)));
    }
    if (c == '<') {
      if (next == '=') return emit(Token::kLessEqual, 2);
      if (next == '/') return emit(Token::kTrimUpper, 2);
      return emit(Token::kLess, 1);
    }
    if (c == '>') {
      if (next == '=') return emit(Token::kGreaterEqual, 2);
      if (next == '/') return emit(Token::kTrimLower, 2);
      return emit(Token::kGreater, 1);
    }
    // A character may be several bytes; name all of it.
    std::size_t length = 1;
    while (at_ + length < query_.size() && (static_cast<unsigned char>(query_[at_ + length]) & 0xc0) == 0x80)
      ++length;
    const std::string text = length > 1 ? fmt::format("'{}'", query_.substr(at_, length)) : quoted(c);
    error(fmt::format("unexpected character: {}", text));
  }

  void string(char quote) {
    ++at_;
    while (at_ < query_.size()) {
      const char c = query_[at_];
      if (c == quote) return emit(Token::kString, 1);
      if (quote != '`' && c == '\n') break;
      if (quote != '`' && c == '\\' && at_ + 1 < query_.size()) ++at_;
      ++at_;
    }
    error(quote == '`' ? "unterminated raw string" : "unterminated quoted string");
  }

  void number() {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      at_ += 2;
      while (is_hex(peek())) ++at_;
      return finish_number(Token::kNumber);
    }
    while (is_digit(peek())) ++at_;
    if (duration_unit() > 0) return duration();
    if (peek() == '.') {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    finish_number(Token::kNumber);
  }

  // Length of the duration unit at the current place, 0 if there is none.
  std::size_t duration_unit() const {
    if (peek() == 'm' && peek(1) == 's') return 2;
    return std::string_view("smhdwy").find(peek()) != std::string_view::npos && peek() != '\0' ? 1 : 0;
  }

  void duration() {
    while (duration_unit() > 0) {
      at_ += duration_unit();
      while (is_digit(peek())) ++at_;
    }
    finish_number(is_digit(query_[at_ - 1]) ? Token::kError : Token::kDuration);
  }

  void finish_number(Token token) {
    const bool glued = is_letter(peek()) || is_digit(peek()) || (peek() == '.' && is_digit(peek(1)));
    if (token != Token::kError && !glued) return emit(token);
    while (is_letter(peek()) || is_digit(peek()) || peek() == '.') ++at_;
    error(fmt::format("bad number or duration syntax: \"{}\"", query_.substr(start_, at_ - start_)));
  }

  std::string_view query_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  bool braces_ = false;
  int brackets_ = 0;
  int parens_ = 0;
  std::vector<Lexeme> lexemes_;
};

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

// `digits` characters of base 8 or 16 at `at`; false if there are fewer.
bool read_digits(std::string_view text, std::size_t& at, std::size_t digits, unsigned base, unsigned& value) {
  value = 0;
  for (std::size_t i = 0; i < digits; ++i, ++at) {
    if (at >= text.size() || !is_hex(text[at])) return false;
    const char c = text[at];
    const unsigned digit =
        is_digit(c) ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a') + 10;
    if (digit >= base) return false;
    value = value * base + digit;
  }
  return true;
}

// The escape whose letter stands at text[at]; moves past it.
bool read_escape(std::string_view text, std::size_t& at, std::string& out) {
  static constexpr std::string_view kLetters = "abfnrtv\\'\"";
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"";
  const char c = text[at];
  if (const std::size_t i = kLetters.find(c); i != std::string_view::npos) {
    out.push_back(kValues[i]);
    ++at;
    return true;
  }
  unsigned value = 0;
  if (c >= '0' && c <= '7') {
    if (!read_digits(text, at, 3, 8, value) || value > 255) return false;
    out.push_back(static_cast<char>(value));
    return true;
  }
  ++at;
  if (c == 'x') {
    if (!read_digits(text, at, 2, 16, value)) return false;
    out.push_back(static_cast<char>(value));
    return true;
  }
  if (c != 'u' && c != 'U') return false;
  if (!read_digits(text, at, c == 'u' ? 4 : 8, 16, value)) return false;
  if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return false;
  append_utf8(out, value);
  return true;
}

}  // namespace

std::vector<Lexeme> lex(std::string_view query) {
  return Lexer(query).run();
}

bool unquote(std::string_view literal, std::string& out) {
  out.clear();
  const char quote = literal.front();
  const std::string_view body = literal.substr(1, literal.size() - 2);
  if (quote == '`') {
    out = body;
    return true;
  }
  for (std::size_t at = 0; at < body.size();) {
    if (body[at] != '\\') {
      out.push_back(body[at++]);
      continue;
    }
    ++at;
    if (at >= body.size() || !read_escape(body, at, out)) return false;
  }
  return true;
}

}  // namespace isobar::promql
