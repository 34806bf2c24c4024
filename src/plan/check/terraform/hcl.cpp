#include "plan/check/terraform/hcl.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace isobar::plan::hcl {
namespace {

constexpr std::size_t kMaxBytes = 8ULL << 20;
constexpr std::size_t kMaxValues = 200'000;
constexpr int kMaxDepth = 64;

using Kind = Value::Kind;

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_name(char c) { return starts_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-'; }

// Ends the parse from anywhere inside; caught in parse().
struct SyntaxError {
  Problem problem;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  void read(File& out) {
    for (skip_lines(); !at_end(); skip_lines()) read_item(out.blocks, out.attributes, 0);
  }

 private:
  // --- characters ---------------------------------------------------------------------------------------------------
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  char next() {
    const char c = text_[at_++];
    line_ += static_cast<int>(c == '\n');
    return c;
  }
  void advance(std::size_t count) {
    while (count-- > 0 && !at_end()) next();
  }
  [[noreturn]] void wrong(std::string message) const { throw SyntaxError{{line_, std::move(message)}}; }
  void expect(char c) {
    if (peek() != c) wrong(at_end() ? fmt::format("the file ends where {} is missing", c) : fmt::format("expected {}", c));
    next();
  }

  bool skip_comment() {
    if (peek() == '#' || looking_at("//")) {
      while (!at_end() && peek() != '\n') next();
      return true;
    }
    if (!looking_at("/*")) return false;
    const std::size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) wrong("comment without end: write */");
    advance(end + 2 - at_);
    return true;
  }
  void skip_spaces() {
    while (true) {
      while (peek() == ' ' || peek() == '\t' || peek() == '\r') next();
      if (looking_at("/*") && skip_comment()) continue;
      return;
    }
  }
  void skip_lines() {
    while (!at_end()) {
      if (std::isspace(static_cast<unsigned char>(peek())) != 0) next();
      else if (!skip_comment()) return;
    }
  }

  std::string name() {
    const std::size_t from = at_;
    while (in_name(peek())) next();
    return std::string(text_.substr(from, at_ - from));
  }

  // --- structure ----------------------------------------------------------------------------------------------------
  void read_item(std::vector<Block>& blocks, std::vector<Field>& attributes, int depth) {
    if (!starts_name(peek())) wrong("expected the name of a block or an argument");
    const int line = line_;
    std::string key = name();
    skip_spaces();
    if (peek() == '=' && peek(1) != '=') {
      next();
      skip_spaces();
      attributes.push_back({std::move(key), expression(depth + 1, false)});
      return end_of_item();
    }
    Block block{std::move(key), labels(), {}, line};
    expect('{');
    block.body = body(depth + 1);
    block.body.line = line;
    expect('}');
    blocks.push_back(std::move(block));
  }

  void end_of_item() {
    skip_spaces();
    skip_comment();
    if (!at_end() && peek() != '\n' && peek() != '}') wrong("expected the end of the line");
  }

  std::vector<std::string> labels() {
    std::vector<std::string> out;
    for (skip_spaces(); peek() == '"' || starts_name(peek()); skip_spaces()) {
      out.push_back(peek() == '"' ? quoted().text : name());
      if (out.size() > 10) wrong("a block has too many labels");
    }
    return out;
  }

  Value body(int depth) {
    enter(depth);
    std::vector<Block> blocks;
    Value out;
    out.kind = Kind::kObject;
    out.line = line_;
    for (skip_lines(); !at_end() && peek() != '}'; skip_lines()) read_item(blocks, out.fields, depth);
    for (Block& block : blocks) add_block(out, std::move(block));
    return out;
  }

  static void add_block(Value& body, Block block) {
    const bool dynamic = block.type == "dynamic" && block.labels.size() == 1;
    const std::string& type = dynamic ? block.labels[0] : block.type;
    auto at = std::find_if(body.fields.begin(), body.fields.end(), [&](const Field& field) { return field.name == type; });
    if (at == body.fields.end()) {
      at = body.fields.insert(at, Field{type, {}});
      at->value.kind = Kind::kList;
      at->value.line = block.line;
    }
    if (dynamic) block.body.kind = Kind::kUnknown;
    at->value.items.push_back(std::move(block.body));
  }

  void enter(int depth) {
    if (depth > kMaxDepth) wrong(fmt::format("nested deeper than {}", kMaxDepth));
    if (++values_ > kMaxValues) wrong(fmt::format("more than {} values", kMaxValues));
  }

  // --- expressions --------------------------------------------------------------------------------------------------
  // Inside of brackets newlines are spaces. In an object they end an entry, as they end an argument.
  void skip_inside(bool bracketed) { bracketed ? skip_lines() : skip_spaces(); }

  bool ends_expression(bool bracketed) const {
    const char c = peek();
    return at_end() || c == ',' || c == ']' || c == '}' || c == ')' ||
           (!bracketed && (c == '\n' || c == '#' || looking_at("//")));
  }

  Value expression(int depth, bool bracketed) {
    enter(depth);
    const std::size_t from = at_;
    const int line = line_;
    Value out = term(depth, bracketed);
    out.line = line;
    skip_inside(bracketed);
    if (ends_expression(bracketed)) return out;
    return unknown(from, line, bracketed);
  }

  // The rest of the expression without understanding it, brackets and texts in balance.
  Value unknown(std::size_t from, int line, bool bracketed) {
    std::string closing;
    while (!at_end() && (!closing.empty() || !ends_expression(bracketed))) skip_one(closing);
    if (!closing.empty()) wrong(fmt::format("the file ends where {} is missing", closing.back()));
    return source_from(from, line);
  }

  // From an opening bracket to the one that closes it.
  Value bracketed_unknown() {
    const std::size_t from = at_;
    const int line = line_;
    std::string closing;
    do skip_one(closing);
    while (!at_end() && !closing.empty());
    if (!closing.empty()) wrong(fmt::format("the file ends where {} is missing", closing.back()));
    return source_from(from, line);
  }

  // A character, a comment, or a text. `closing` has the brackets that are open.
  void skip_one(std::string& closing) {
    const char c = peek();
    if (c == '"') static_cast<void>(quoted());
    else if (looking_at("<<")) static_cast<void>(heredoc());
    else if (c == '(' || c == '[' || c == '{') closing += next() == '(' ? ')' : c == '[' ? ']' : '}';
    else if (c == ')' || c == ']' || c == '}') close(closing);
    else if (!skip_comment()) next();
    if (closing.size() > kMaxDepth) wrong(fmt::format("nested deeper than {}", kMaxDepth));
  }

  void close(std::string& closing) {
    if (closing.empty() || closing.back() != peek()) wrong(fmt::format("unexpected {}", peek()));
    closing.pop_back();
    next();
  }

  Value source_from(std::size_t from, int line) const {
    Value out;
    out.line = line;
    out.text = std::string(text_.substr(from, at_ - from));
    while (!out.text.empty() && std::isspace(static_cast<unsigned char>(out.text.back())) != 0) out.text.pop_back();
    out.references = names_in(out.text);
    return out;
  }

  // Dotted names, also those inside of templates; keywords and functions have no dot.
  static std::vector<std::string> names_in(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < text.size() && out.size() < 100;) {
      if (!starts_name(text[i]) || (i > 0 && (in_name(text[i - 1]) || text[i - 1] == '.'))) {
        ++i;
        continue;
      }
      const std::size_t from = i;
      while (i < text.size() &&
             (in_name(text[i]) || text[i] == '.' || text[i] == '[' || text[i] == ']' || text[i] == '*' ||
              (text[i] == '"' && text[i - 1] == '[') || (text[i] == '"' && i + 1 < text.size() && text[i + 1] == ']')))
        ++i;
      std::string name(text.substr(from, i - from));
      while (!name.empty() && (name.back() == ']' || name.back() == '.') && name.find('[') == std::string::npos) name.pop_back();
      if (name.find('.') != std::string::npos) out.push_back(std::move(name));
    }
    return out;
  }

  Value term(int depth, bool bracketed) {
    const char c = peek();
    if (c == '"') return quoted();
    if (looking_at("<<")) return heredoc();
    if (c == '[') return list(depth);
    if (c == '{') return object(depth);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || (c == '-' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0))
      return number();
    if (starts_name(c)) return named(depth, bracketed);
    if (ends_expression(bracketed)) wrong("a value is missing");
    const std::size_t from = at_;
    return unknown(from, line_, bracketed);
  }

  Value number() {
    const std::size_t from = at_;
    next();
    while (std::isdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '.' || peek() == 'e' || peek() == 'E' ||
           ((peek() == '+' || peek() == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E')))
      next();
    Value out;
    out.kind = Kind::kNumber;
    out.text = std::string(text_.substr(from, at_ - from));
    return out;
  }

  // true, null, a function call, or a name with what follows it: .field, [0], [*].
  Value named(int depth, bool bracketed) {
    const std::size_t from = at_;
    const int line = line_;
    Value out;
    out.text = name();
    if (peek() == '(') return call(std::move(out), depth);
    const bool plain = peek() != '.' && peek() != '[';
    if (plain && (out.text == "true" || out.text == "false")) return with(std::move(out), Kind::kBool);
    if (plain && out.text == "null") return with(std::move(out), Kind::kNull);
    while (peek() == '.' || peek() == '[') {
      if (next() == '.') {
        if (peek() == '*') next();
        else if (name().empty()) return unknown(from, line, bracketed);
        continue;
      }
      if (!index()) return unknown_rewound(from, line, bracketed);
    }
    out = source_from(from, line);
    out.kind = Kind::kReference;
    out.references = {out.text};
    return out;
  }

  // Back to the start of the name: an index that is computed holds brackets of its own.
  Value unknown_rewound(std::size_t from, int line, bool bracketed) {
    at_ = from;
    line_ = line;
    return unknown(from, line, bracketed);
  }

  // After "[": a number, a text or *, up to "]".
  bool index() {
    if (peek() == '*') next();
    else if (peek() == '"') static_cast<void>(quoted());
    else
      while (std::isdigit(static_cast<unsigned char>(peek())) != 0) next();
    if (peek() != ']') return false;
    next();
    return true;
  }

  static Value with(Value value, Kind kind) {
    value.kind = kind;
    return value;
  }

  Value call(Value out, int depth) {
    out.kind = Kind::kCall;
    const std::size_t from = at_;
    expect('(');
    for (skip_lines(); !at_end() && peek() != ')'; skip_lines()) {
      out.items.push_back(expression(depth + 1, true));
      if (looking_at("...")) advance(3);
      if (peek() == ',') next();
      else if (peek() != ')') wrong("expected , or )");
    }
    expect(')');
    out.references = names_in(text_.substr(from, at_ - from));
    // A field or an item of what is returned: not the call itself.
    if (peek() == '.' || peek() == '[') out.kind = Kind::kUnknown;
    return out;
  }

  bool starts_for() {
    const std::size_t from = at_;
    const int line = line_;
    next();
    skip_lines();
    const bool is_for = looking_at("for") && !in_name(peek(3));
    at_ = from;
    line_ = line;
    return is_for;
  }

  Value list(int depth) {
    if (starts_for()) return bracketed_unknown();
    Value out;
    out.kind = Kind::kList;
    next();
    for (skip_lines(); !at_end() && peek() != ']'; skip_lines()) {
      out.items.push_back(expression(depth + 1, true));
      if (peek() == ',') next();
      else if (peek() != ']') wrong("expected , or ]");
    }
    expect(']');
    if (peek() == '[' || peek() == '.') out.kind = Kind::kUnknown;
    return out;
  }

  Value object(int depth) {
    if (starts_for()) return bracketed_unknown();
    Value out;
    out.kind = Kind::kObject;
    next();
    for (skip_lines(); !at_end() && peek() != '}'; skip_lines()) {
      out.fields.push_back(entry(depth));
      skip_spaces();
      if (peek() == ',') next();
    }
    expect('}');
    return out;
  }

  Field entry(int depth) {
    Field out;
    if (peek() == '"') out.name = quoted().text;
    else if (peek() == '(') out.name = unknown_key();
    else out.name = name_or_number();
    skip_spaces();
    if (peek() != '=' && peek() != ':') wrong("expected = after a key");
    next();
    skip_lines();
    out.value = expression(depth + 1, false);
    return out;
  }

  std::string name_or_number() {
    const std::size_t from = at_;
    while (in_name(peek()) || peek() == '.') next();
    if (at_ == from) wrong("expected a key");
    return std::string(text_.substr(from, at_ - from));
  }

  std::string unknown_key() {
    const std::size_t from = at_;
    int depth = 0;
    do {
      if (at_end()) wrong("the file ends where ) is missing");
      if (peek() == '"') {
        static_cast<void>(quoted());
        continue;
      }
      const char c = next();
      depth += static_cast<int>(c == '(') - static_cast<int>(c == ')');
    } while (depth > 0);
    return std::string(text_.substr(from, at_ - from));
  }

  // --- texts --------------------------------------------------------------------------------------------------------
  // A literal, or unknown when a template stands in it.
  Value quoted() {
    Value out;
    out.kind = Kind::kString;
    out.line = line_;
    const std::size_t from = at_;
    next();
    bool templated = false;
    while (peek() != '"') {
      if (at_end() || peek() == '\n') wrong("a text without end: write \"");
      if ((looking_at("${") || looking_at("%{")) && !(at_ > from + 1 && text_[at_ - 1] == peek())) {
        templated = true;
        skip_template();
      } else if (peek() == '\\' && at_ + 1 < text_.size()) {
        next();
        out.text += unescaped(next());
      } else {
        out.text += next();
      }
    }
    next();
    if (templated) {
      out.kind = Kind::kUnknown;
      out.text = std::string(text_.substr(from, at_ - from));
      out.references = names_in(out.text);
    }
    return out;
  }

  static char unescaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c; }

  // "${ … }", which may hold texts with templates again.
  void skip_template() {
    if (++template_depth_ > kMaxDepth) wrong(fmt::format("nested deeper than {}", kMaxDepth));
    next();
    next();
    int depth = 1;
    while (depth > 0) {
      if (at_end()) wrong("a template without end: write }");
      if (peek() == '"') {
        static_cast<void>(quoted());
        continue;
      }
      const char c = next();
      depth += static_cast<int>(c == '{') - static_cast<int>(c == '}');
    }
    --template_depth_;
  }

  // <<EOT or <<-EOT up to a line with EOT alone.
  Value heredoc() {
    Value out;
    out.kind = Kind::kString;
    out.line = line_;
    advance(2);
    const bool indented = peek() == '-';
    if (indented) next();
    const std::string mark = name();
    if (mark.empty() || !(peek() == '\n' || peek() == '\r')) wrong("a heredoc begins with <<NAME and a new line");
    while (!at_end() && peek() != '\n') next();
    advance(1);
    while (true) {
      if (at_end()) wrong(fmt::format("a heredoc without end: a line with {} alone", mark));
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      std::string_view line = text_.substr(at_, end - at_);
      std::string_view bare = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
      while (!bare.empty() && (bare.back() == '\r' || bare.back() == ' ')) bare.remove_suffix(1);
      advance(line.size());
      if (bare == mark) break;
      out.text.append(line).append("\n");
      if (!at_end()) next();
    }
    if (out.text.find("${") == std::string::npos && out.text.find("%{") == std::string::npos) return out;
    out.kind = Kind::kUnknown;
    out.references = names_in(out.text);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int template_depth_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Value::Value() = default;
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

const Value* Value::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field.value;
  }
  return nullptr;
}

File parse(std::string_view text) {
  File out;
  if (text.size() > kMaxBytes) {
    out.problem = Problem{0, fmt::format("the file is larger than {} MiB", kMaxBytes >> 20)};
    return out;
  }
  try {
    Parser(text).read(out);
  } catch (const SyntaxError& error) {
    out.problem = error.problem;
  }
  return out;
}

}  // namespace isobar::plan::hcl
