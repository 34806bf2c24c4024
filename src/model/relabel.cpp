#include "model/relabel.h"

#include <cctype>
#include <cmath>

#include <re2/re2.h>

#include "base/nearest.h"
#include "base/utf8.h"

namespace isobar::model {
namespace {

constexpr std::array<std::pair<std::string_view, RelabelAction>, 11> kActions{{
    {"replace", RelabelAction::kReplace},
    {"keep", RelabelAction::kKeep},
    {"drop", RelabelAction::kDrop},
    {"keepequal", RelabelAction::kKeepEqual},
    {"dropequal", RelabelAction::kDropEqual},
    {"hashmod", RelabelAction::kHashMod},
    {"labelmap", RelabelAction::kLabelMap},
    {"labeldrop", RelabelAction::kLabelDrop},
    {"labelkeep", RelabelAction::kLabelKeep},
    {"lowercase", RelabelAction::kLowercase},
    {"uppercase", RelabelAction::kUppercase},
}};

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

template <class F>
std::string mapped(std::string_view text, F&& f) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), f);
  return out;
}

// MD5 (RFC 1321), for hashmod only: its values are part of what the rule means.
class Md5 {
 public:
  // The last eight of the sixteen bytes, big-endian.
  static std::uint64_t last_half(std::string_view text) {
    Md5 md5;
    std::string padded(text);
    padded.push_back(static_cast<char>(0x80));
    while (padded.size() % 64 != 56) padded.push_back('\0');
    const std::uint64_t bits = text.size() * 8;
    padded.append(reinterpret_cast<const char*>(&bits), 8);
    for (std::size_t at = 0; at < padded.size(); at += 64) md5.add_block(padded.data() + at);
    return std::uint64_t{__builtin_bswap32(md5.state_[2])} << 32 | __builtin_bswap32(md5.state_[3]);
  }

 private:
  static const std::array<std::uint32_t, 64>& sines() {
    static const auto table = [] {
      std::array<std::uint32_t, 64> values{};
      for (std::size_t i = 0; i < 64; ++i) {
        values[i] = static_cast<std::uint32_t>(std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
      }
      return values;
    }();
    return table;
  }

  void add_block(const char* bytes) {
    static constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    std::uint32_t words[16];
    std::memcpy(words, bytes, 64);
    auto [a, b, c, d] = state_;
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint32_t round = i / 16;
      std::uint32_t f = 0;
      std::uint32_t word = i;
      if (round == 0) f = (b & c) | (~b & d);
      if (round == 1) f = (d & b) | (~d & c), word = (5 * i + 1) % 16;
      if (round == 2) f = b ^ c ^ d, word = (3 * i + 5) % 16;
      if (round == 3) f = c ^ (b | ~d), word = (7 * i) % 16;
      f += a + sines()[i] + words[word];
      a = d;
      d = c;
      c = b;
      b += std::rotl(f, kShifts[round][i % 4]);
    }
    state_[0] += a;
    state_[1] += b;
    state_[2] += c;
    state_[3] += d;
  }

  std::array<std::uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
};

bool is_reference_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

Result<RelabelAction> parse_relabel_action(std::string_view name) {
  const std::string lower = mapped(name, to_lower);
  std::vector<std::string_view> names;
  for (const auto& [known, action] : kActions) {
    if (known == lower) return action;
    names.push_back(known);
  }
  const std::string_view nearest = nearest_word(lower, names);
  return fail(Code::kInvalid,
              nearest.empty() ? fmt::format("unknown relabel action (write replace, keep, drop, …): {}", name)
                              : fmt::format("unknown relabel action, did you mean {}: {}", nearest, name));
}

struct Relabeler::Compiled {
  RelabelRule rule;
  std::unique_ptr<re2::RE2> regex;
  bool takes_all = false;  // the default regex: group 1 is the value

  Result<void> check() const;
  std::string source(const LabelsBuilder& labels) const;
  bool match(std::string_view text, std::vector<re2::StringPiece>& groups) const;
  bool matches(std::string_view text) const {
    return takes_all || re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex);
  }
  std::string expand(std::string_view pattern, const std::vector<re2::StringPiece>& groups) const;
  std::string_view group(std::string_view reference, const std::vector<re2::StringPiece>& groups) const;
  void replace(LabelsBuilder& labels, const std::string& value) const;
  void map_labels(LabelsBuilder& labels) const;
  void filter_labels(LabelsBuilder& labels, bool keep) const;
  bool apply(LabelsBuilder& labels) const;
};

Result<void> Relabeler::Compiled::check() const {
  using enum RelabelAction;
  const RelabelAction action = rule.action;
  const bool needs_target = action == kReplace || action == kKeepEqual || action == kDropEqual || action == kHashMod ||
                            action == kLowercase || action == kUppercase;
  if (needs_target && rule.target_label.empty()) return fail(Code::kInvalid, "this action needs a target_label");
  if (action == kHashMod && rule.modulus == 0) return fail(Code::kInvalid, "hashmod needs a modulus above zero");
  const bool default_regex = rule.regex == "(.*)";
  const bool default_replacement = rule.replacement == "$1";
  if ((action == kLowercase || action == kUppercase) && !default_replacement) {
    return fail(Code::kInvalid, "lowercase and uppercase take no replacement");
  }
  if ((action == kLabelDrop || action == kLabelKeep) &&
      (!rule.source_labels.empty() || !rule.target_label.empty() || rule.modulus != 0 || rule.separator != ";" ||
       !default_replacement)) {
    return fail(Code::kInvalid, "labeldrop and labelkeep take only a regex");
  }
  if ((action == kKeepEqual || action == kDropEqual) &&
      (!default_regex || rule.modulus != 0 || rule.separator != ";" || !default_replacement)) {
    return fail(Code::kInvalid, "keepequal and dropequal take only source_labels and target_label");
  }
  return {};
}

std::string Relabeler::Compiled::source(const LabelsBuilder& labels) const {
  std::string value;
  for (std::size_t i = 0; i < rule.source_labels.size(); ++i) {
    if (i != 0) value += rule.separator;
    value += labels.get(rule.source_labels[i]);
  }
  return value;
}

bool Relabeler::Compiled::match(std::string_view text, std::vector<re2::StringPiece>& groups) const {
  groups.assign(static_cast<std::size_t>(regex->NumberOfCapturingGroups()) + 1, re2::StringPiece());
  const re2::StringPiece piece(text.data(), text.size());
  return regex->Match(piece, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()));
}

std::string_view Relabeler::Compiled::group(std::string_view reference,
                                            const std::vector<re2::StringPiece>& groups) const {
  std::size_t number = 0;
  bool numeric = true;
  for (const char c : reference) {
    numeric = numeric && c >= '0' && c <= '9' && number < 1000;
    if (numeric) number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  if (!numeric) {
    const auto& names = regex->NamedCapturingGroups();
    const auto named = names.find(std::string(reference));
    if (named == names.end()) return {};
    number = static_cast<std::size_t>(named->second);
  }
  if (number >= groups.size()) return {};
  return {groups[number].data(), groups[number].size()};
}

// Go's Regexp.Expand: $name takes as many letters, digits and underscores as there are.
std::string Relabeler::Compiled::expand(std::string_view pattern, const std::vector<re2::StringPiece>& groups) const {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$' || i + 1 == pattern.size()) {
      out.push_back(pattern[i]);
      continue;
    }
    if (pattern[i + 1] == '$') {
      out.push_back('$');
      ++i;
      continue;
    }
    const bool braced = pattern[i + 1] == '{';
    const std::size_t begin = i + (braced ? 2 : 1);
    std::size_t end = begin;
    while (end < pattern.size() && is_reference_character(pattern[end])) ++end;
    if (end == begin || (braced && (end == pattern.size() || pattern[end] != '}'))) {
      out.push_back('$');  // malformed: taken as it stands
      continue;
    }
    out += group(pattern.substr(begin, end - begin), groups);
    i = braced ? end : end - 1;
  }
  return out;
}

void Relabeler::Compiled::replace(LabelsBuilder& labels, const std::string& value) const {
  std::vector<re2::StringPiece> groups;
  if (takes_all) {
    groups.assign(2, re2::StringPiece(value));
  } else if (!match(value, groups)) {
    return;
  }
  const std::string target = expand(rule.target_label, groups);
  if (target.empty() || !is_valid_utf8(target)) return;
  labels.set(target, expand(rule.replacement, groups));
}

void Relabeler::Compiled::map_labels(LabelsBuilder& labels) const {
  std::vector<re2::StringPiece> groups;
  const auto before = labels.pairs();
  for (const auto& [name, value] : before) {
    if (match(name, groups)) labels.set(expand(rule.replacement, groups), value);
  }
}

void Relabeler::Compiled::filter_labels(LabelsBuilder& labels, bool keep) const {
  const auto before = labels.pairs();
  for (const auto& [name, value] : before) {
    if (matches(name) != keep) labels.remove(name);
  }
}

bool Relabeler::Compiled::apply(LabelsBuilder& labels) const {
  const std::string value = source(labels);
  switch (rule.action) {
    case RelabelAction::kReplace: replace(labels, value); return true;
    case RelabelAction::kKeep: return matches(value);
    case RelabelAction::kDrop: return !matches(value);
    case RelabelAction::kKeepEqual: return labels.get(rule.target_label) == value;
    case RelabelAction::kDropEqual: return labels.get(rule.target_label) != value;
    case RelabelAction::kHashMod:
      labels.set(rule.target_label, std::to_string(Md5::last_half(value) % rule.modulus));
      return true;
    case RelabelAction::kLabelMap: map_labels(labels); return true;
    case RelabelAction::kLabelDrop: filter_labels(labels, false); return true;
    case RelabelAction::kLabelKeep: filter_labels(labels, true); return true;
    case RelabelAction::kLowercase: labels.set(rule.target_label, mapped(value, to_lower)); return true;
    case RelabelAction::kUppercase: labels.set(rule.target_label, mapped(value, to_upper)); return true;
  }
  return true;
}

Relabeler::Relabeler() = default;
Relabeler::~Relabeler() = default;
Relabeler::Relabeler(Relabeler&&) noexcept = default;
Relabeler& Relabeler::operator=(Relabeler&&) noexcept = default;

Result<Relabeler> Relabeler::create(const std::vector<RelabelRule>& rules) {
  Relabeler relabeler;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto compiled = std::make_unique<Compiled>();
    compiled->rule = rules[i];
    compiled->takes_all = rules[i].regex == "(.*)";
    re2::RE2::Options options;
    options.set_dot_nl(true);
    options.set_log_errors(false);
    options.set_max_mem(8 << 20);
    compiled->regex = std::make_unique<re2::RE2>(rules[i].regex, options);
    if (!compiled->regex->ok()) {
      return fail(Code::kInvalid, fmt::format("relabel rule {}: {}: \"{}\"", i + 1, compiled->regex->error(), rules[i].regex));
    }
    if (auto valid = compiled->check(); !valid) {
      return fail(std::move(valid).error().with_context(fmt::format("relabel rule {}", i + 1)));
    }
    relabeler.rules_.push_back(std::move(compiled));
  }
  return relabeler;
}

bool Relabeler::apply(LabelsBuilder& labels) const {
  for (const auto& rule : rules_) {
    if (!rule->apply(labels)) return false;
  }
  return true;
}

}  // namespace isobar::model
