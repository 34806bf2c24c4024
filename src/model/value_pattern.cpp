#include "model/value_pattern.h"

#include <algorithm>
#include <optional>

#include "model/value_chain.h"

namespace isobar::model {
namespace {

using Words = ValuePattern::Words;

constexpr std::size_t kMaxDepth = 50;
constexpr std::size_t kMaxClass = 64;  // characters of a class that are written out

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Recursive descent over RE2's syntax. `failed_` means that something was met that this parser leaves to RE2.
class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : rest_(text) {}
  std::optional<ChainSet> parse() {
    const ChainSet all = parse_alternatives(0);
    if (failed_ || !rest_.empty()) return std::nullopt;  // what is left begins with an unbalanced ")"
    return all;
  }

 private:
  struct Flags {
    bool fold = false;
    bool dot_newline = true;
  };

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  ChainSet fail() {
    failed_ = true;
    rest_ = {};
    return ChainSet::any(0, false);
  }
  char32_t take_character() {
    const auto lead = static_cast<unsigned char>(rest_.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size > rest_.size()) {
      fail();
      return 0;
    }
    char32_t c = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) c = c << 6 | (static_cast<unsigned char>(rest_[i]) & 0x3f);
    rest_.remove_prefix(size);
    return c;
  }

  ChainSet parse_alternatives(std::size_t depth) {
    std::vector<ChainSet> all{parse_sequence(depth)};
    while (take("|")) all.push_back(parse_sequence(depth));
    return alternatives(all);
  }
  ChainSet parse_sequence(std::size_t depth) {
    ChainSet all = ChainSet::words({""});
    // At the ends of the whole expression anchors add nothing.
    if (depth == 0 && take("^") && repeat_follows()) return fail();
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      if (depth == 0 && rest_.front() == '$' && (rest_.size() == 1 || rest_[1] == '|')) {
        rest_.remove_prefix(1);
        break;
      }
      if (const std::string text = take_text(); !text.empty()) {
        all = sequence(all, ChainSet::words({text}));
        continue;
      }
      const ChainSet atom = parse_atom(depth);
      all = sequence(all, parse_repeats(atom));
      if (failed_) break;
    }
    return all;
  }

  bool repeat_follows() const { return !rest_.empty() && std::string_view("*+?{").find(rest_.front()) != std::string_view::npos; }
  // Characters that stand for themselves, up to one that is repeated: the most common part, in one piece.
  std::string take_text() {
    std::string text;
    if (flags_.fold) return text;
    while (!rest_.empty() && std::string_view("\\^$.|?*+()[]{}").find(rest_.front()) == std::string_view::npos) {
      const std::string_view before = rest_;
      const char32_t c = take_character();
      if (repeat_follows()) {
        rest_ = before;
        break;
      }
      append_utf8(text, c);
    }
    return text;
  }

  ChainSet parse_repeats(ChainSet atom) {
    while (!failed_ && !rest_.empty()) {
      if (take("*")) {
        atom = repeated(atom, 0, SIZE_MAX);
      } else if (take("+")) {
        atom = repeated(atom, 1, SIZE_MAX);
      } else if (take("?")) {
        atom = atom.one_character ? ChainSet::any(0, false) : alternatives({atom, ChainSet::words({""})});
      } else if (const auto bounds = parse_bounds()) {
        atom = repeated(atom, bounds->first, bounds->second);
      } else {
        break;
      }
      take("?");  // lazy or not, the language is the same
    }
    return atom;
  }
  // {n}, {n,} or {n,m}; any other brace is a character.
  std::optional<std::pair<std::size_t, std::size_t>> parse_bounds() {
    const std::string_view before = rest_;
    const auto number = [this]() -> std::optional<std::size_t> {
      if (rest_.size() >= 2 && rest_[0] == '0' && rest_[1] >= '0' && rest_[1] <= '9') return std::nullopt;  // as RE2
      std::size_t n = 0;
      std::size_t digits = 0;
      for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9' && digits < 5; ++digits) {
        n = n * 10 + static_cast<std::size_t>(rest_[digits] - '0');
      }
      rest_.remove_prefix(digits);
      return digits == 0 ? std::nullopt : std::optional(n);
    };
    if (take("{")) {
      if (const auto least = number()) {
        if (take("}")) return std::pair{*least, *least};
        if (take(",}")) return std::pair{*least, SIZE_MAX};
        if (take(",")) {
          const auto most = number();
          if (most && take("}")) return std::pair{*least, *most};
        }
      }
    }
    rest_ = before;
    return std::nullopt;
  }

  ChainSet parse_atom(std::size_t depth) {
    if (take("(")) return parse_group(depth);
    if (take("[")) return parse_class();
    if (take("\\")) return parse_escape();
    if (take("^") || take("$")) return ChainSet::words({""}, false);
    if (take(".")) {
      ChainSet dot = ChainSet::any(1, false);
      dot.one_character = flags_.dot_newline;
      return dot;
    }
    if (rest_.front() != '{' && repeat_follows()) return fail();
    return character(take_character());
  }

  ChainSet parse_group(std::size_t depth) {
    if (depth >= kMaxDepth) return fail();
    const Flags outside = flags_;
    if (take("?P<") || take("?<")) {
      const std::size_t end = rest_.find('>');
      if (end == std::string_view::npos) return fail();
      rest_.remove_prefix(end + 1);
    } else if (take("?")) {
      for (bool on = true; !take(":");) {
        if (take(")")) return ChainSet::words({""});  // flags for the rest of the group that this stands in
        if (take("-")) on = false;
        else if (take("i")) flags_.fold = on;
        else if (take("s")) flags_.dot_newline = on;
        else if (!take("m") && !take("U")) return fail();
      }
    }
    ChainSet inside = parse_alternatives(depth + 1);
    if (!take(")")) return fail();
    flags_ = outside;
    return inside;
  }

  ChainSet parse_escape() {
    if (rest_.empty()) return fail();
    if (take("Q")) {
      ChainSet quoted = ChainSet::words({""});
      while (!rest_.empty() && !take("\\E")) quoted = sequence(quoted, character(take_character()));
      // A repeat after \E binds to the last character only.
      return repeat_follows() ? fail() : quoted;
    }
    if (take("A") || take("z") || take("b") || take("B")) return ChainSet::words({""}, false);
    if (skip_class_escape()) return ChainSet::any(1, false);
    const auto literal = escaped_character();
    return literal ? character(*literal) : fail();
  }
  // \d, \w, \s and their opposites, \pN and \p{Name}.
  bool skip_class_escape() {
    if (rest_.empty()) return false;
    if (std::string_view("dDsSwW").find(rest_.front()) != std::string_view::npos) {
      rest_.remove_prefix(1);
      return true;
    }
    if (!take("p") && !take("P")) return false;
    const std::size_t end = rest_.starts_with('{') ? rest_.find('}') : 0;
    if (end == std::string_view::npos || rest_.empty()) {
      fail();
    } else {
      rest_.remove_prefix(end + 1);
    }
    return true;
  }
  std::optional<char32_t> escaped_character() {
    if (rest_.empty()) return std::nullopt;
    static constexpr std::string_view kNames = "afnrtv";
    static constexpr std::string_view kCharacters = "\a\f\n\r\t\v";
    const std::size_t named = kNames.find(rest_.front());
    const char32_t c = take_character();
    if (named != std::string_view::npos) return static_cast<char32_t>(kCharacters[named]);
    const bool word = is_letter(c) || (c >= '0' && c <= '9') || c == '_';
    if (word || c >= 0x80) return std::nullopt;  // \x41, \101, \C
    return c;
  }

  ChainSet parse_class() {
    const bool negated = take("^");
    std::vector<char32_t> members;
    bool open = negated;  // holds more than `members`
    for (bool first = true; first || !rest_.starts_with(']'); first = false) {
      if (failed_ || rest_.empty()) return fail();
      if (rest_.starts_with("[:")) {
        const std::size_t end = rest_.find(":]");
        if (end == std::string_view::npos) return fail();
        rest_.remove_prefix(end + 2);
        open = true;
        continue;
      }
      if (rest_.starts_with('\\')) {
        const std::string_view before = rest_;
        rest_.remove_prefix(1);
        if (skip_class_escape()) {
          open = true;
          continue;
        }
        rest_ = before;
      }
      const auto low = class_character();
      auto high = low;
      if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
        rest_.remove_prefix(1);
        high = class_character();
      }
      if (!low || !high) return fail();
      if (*high - *low >= kMaxClass || members.size() >= kMaxClass) open = true;
      for (char32_t c = *low; !open && c <= *high; ++c) members.push_back(c);
    }
    take("]");
    if (open || members.empty()) return ChainSet::any(1, false);
    Words words;
    for (const char32_t c : members) {
      const ChainSet one = character(c);
      if (!one.finite()) return ChainSet::any(1, false);
      words.insert(words.end(), one.chains.front().head.begin(), one.chains.front().head.end());
    }
    return ChainSet::words(std::move(words));
  }
  std::optional<char32_t> class_character() {
    if (rest_.empty()) return std::nullopt;
    if (take("\\")) return escaped_character();
    return take_character();
  }

  // With (?i) a letter is two words, or three: K and S have relatives outside ASCII (KELVIN SIGN, LONG S).
  ChainSet character(char32_t c) const {
    std::string word;
    append_utf8(word, c);
    if (!flags_.fold || (c < 0x80 && !is_letter(c))) return ChainSet::words({std::move(word)});
    if (c >= 0x80) return ChainSet::any(1, false);
    Words both{std::string(1, static_cast<char>(c | 0x20)), std::string(1, static_cast<char>(c & ~0x20U))};
    if ((c | 0x20) == 'k') both.emplace_back("\u212a");
    if ((c | 0x20) == 's') both.emplace_back("\u017f");
    return ChainSet::words(std::move(both));
  }

  std::string_view rest_;
  Flags flags_;
  bool failed_ = false;
};

// The place after `n` characters from `at`, or npos if the value ends before.
std::size_t skip_characters(std::string_view value, std::size_t at, std::size_t n) {
  for (; n > 0; --n) {
    if (at >= value.size()) return std::string_view::npos;
    ++at;
    while (at < value.size() && (static_cast<unsigned char>(value[at]) & 0xc0) == 0x80) ++at;
  }
  return at;
}

// Words that are a prefix of `value` exist at most once in a set of which none is a prefix of another.
std::optional<std::size_t> prefix_size(const Words& prefix_free, std::string_view value) {
  auto at = std::upper_bound(prefix_free.begin(), prefix_free.end(), value);
  if (at == prefix_free.begin() || !value.starts_with(*--at)) return std::nullopt;
  return at->size();
}

// Where the occurrence that ends first ends; the least that leaves most to what follows.
std::size_t first_end(const Words& words, std::string_view value, std::size_t from) {
  std::size_t end = std::string_view::npos;
  for (const std::string& word : words) {
    const std::size_t at = value.find(word, from);
    if (at != std::string_view::npos) end = std::min(end, at + word.size());
  }
  return end;
}

bool chain_matches(const ValuePattern::Chain& chain, std::string_view value) {
  if (chain.gaps.empty()) return std::binary_search(chain.head.begin(), chain.head.end(), value);
  const auto head = prefix_size(chain.head, value);
  if (!head) return false;
  std::size_t at = *head;
  for (std::size_t i = 0; i < chain.gaps.size(); ++i) {
    at = skip_characters(value, at, chain.gaps[i].least_characters);
    if (at == std::string_view::npos) return false;
    if (i + 1 == chain.gaps.size()) break;
    at = first_end(chain.gaps[i].next, value, at);
    if (at == std::string_view::npos) return false;
  }
  const Words& tails = chain.gaps.back().next;
  const std::string_view rest = value.substr(at);
  return std::any_of(tails.begin(), tails.end(), [rest](const std::string& tail) { return rest.ends_with(tail); });
}

Words without_longer(const Words& sorted) {
  Words out;
  for (const std::string& word : sorted) {
    if (out.empty() || !word.starts_with(out.back())) out.push_back(word);
  }
  return out;
}

}  // namespace

ValuePattern ValuePattern::parse(std::string_view expression) {
  ChainSet set = PatternParser(expression).parse().value_or(ChainSet::any(0, false));
  ValuePattern out;
  out.finite_ = set.finite();
  out.exact_ = true;
  for (Chain& chain : set.chains) {
    out.exact_ = out.exact_ && chain.exact;
    // Before a gap the shortest word is as good as all that continue it.
    if (!chain.gaps.empty()) chain.head = without_longer(chain.head);
  }
  out.chains_ = std::move(set.chains);
  return out;
}

bool ValuePattern::may_match(std::string_view value) const {
  return std::any_of(chains_.begin(), chains_.end(), [value](const Chain& chain) { return chain_matches(chain, value); });
}

std::vector<std::string> ValuePattern::prefixes() const {
  Words all;
  for (const Chain& chain : chains_) all.insert(all.end(), chain.head.begin(), chain.head.end());
  std::sort(all.begin(), all.end());
  return without_longer(all);
}

}  // namespace isobar::model
