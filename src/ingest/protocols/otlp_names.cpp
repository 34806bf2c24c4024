#include "ingest/protocols/otlp_names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace isobar::ingest {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

// Units of UCUM (https://ucum.org) and the words that Prometheus has for them.
constexpr Word kUnits[] = {
    {"d", "days"},          {"h", "hours"},         {"min", "minutes"},     {"s", "seconds"},
    {"ms", "milliseconds"}, {"us", "microseconds"}, {"ns", "nanoseconds"},  {"By", "bytes"},
    {"KiBy", "kibibytes"},  {"MiBy", "mebibytes"},  {"GiBy", "gibibytes"},  {"TiBy", "tebibytes"},
    {"kBy", "kilobytes"},   {"KBy", "kilobytes"},   {"MBy", "megabytes"},   {"GBy", "gigabytes"},
    {"TBy", "terabytes"},   {"m", "meters"},        {"V", "volts"},         {"A", "amperes"},
    {"J", "joules"},        {"W", "watts"},         {"g", "grams"},         {"Cel", "celsius"},
    {"Hz", "hertz"},        {"1", ""},              {"%", "percent"}};
constexpr Word kPerUnits[] = {{"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"},
                              {"w", "week"},   {"mo", "month"}, {"y", "year"}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

template <std::size_t n>
std::string_view word_of(const Word (&words)[n], std::string_view unit) {
  unit = trimmed(unit);
  if (unit.find_first_of("{}") != std::string_view::npos) return {};  // an annotation, not a unit
  const auto* at = std::find_if(std::begin(words), std::end(words), [&](const Word& w) { return w.first == unit; });
  return at == std::end(words) ? unit : at->second;
}

struct UnitWords {
  std::string main;
  std::string per;  // "per_second"
};

// Letters, digits and colons stay; whatever lies between them becomes one underscore.
std::string cleaned(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == ':') out.push_back(c);
    else if (!out.empty() && out.back() != '_') out.push_back('_');
  }
  if (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

UnitWords unit_words(std::string_view unit, bool escape) {
  const std::size_t slash = unit.find('/');
  UnitWords words{std::string(word_of(kUnits, unit.substr(0, slash))), {}};
  if (slash != std::string_view::npos) words.per = word_of(kPerUnits, unit.substr(slash + 1));
  if (escape) words = {cleaned(words.main), cleaned(words.per)};
  if (!words.per.empty()) words.per.insert(0, "per_");
  return words;
}

bool contains(const std::vector<std::string>& tokens, std::string_view token) {
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

void move_to_end(std::vector<std::string>& tokens, std::string_view token) {
  std::erase(tokens, token);
  tokens.emplace_back(token);
}

std::string joined(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) {
    if (!out.empty()) out.push_back('_');
    out += token;
  }
  return out;
}

template <class Keep>
std::vector<std::string> runs(std::string_view text, Keep keep) {
  std::vector<std::string> tokens;
  bool inside = false;
  for (const char c : text) {
    if (!keep(c)) {
      inside = false;
      continue;
    }
    if (!inside) tokens.emplace_back();
    tokens.back().push_back(c);
    inside = true;
  }
  return tokens;
}

std::string escaped_with_suffixes(std::string_view name, std::string_view unit, OtlpNameKind kind) {
  std::vector<std::string> tokens = runs(name, [](char c) { return is_alphanumeric(c) || c == ':'; });
  const UnitWords words = unit_words(unit, true);
  const bool add_main = !words.main.empty() && !contains(tokens, words.main);
  const bool add_per = !words.per.empty() && !contains(tokens, words.per);
  if (add_main) tokens.push_back(words.main);
  if (add_per) tokens.push_back(words.per);
  if (kind == OtlpNameKind::kMonotonicSum) move_to_end(tokens, "total");
  if (kind == OtlpNameKind::kGauge && unit == "1") move_to_end(tokens, "ratio");
  return joined(tokens);
}

// Cuts `suffix` and the character before it, if something is left.
void strip(std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix) || name.size() <= suffix.size() + 1) return;
  std::size_t end = name.size() - suffix.size() - 1;
  while (end > 0 && is_continuation(name[end])) --end;
  if (end > 0) name.resize(end);
}

std::string with_suffixes(std::string_view from, std::string_view unit, OtlpNameKind kind) {
  std::string name(from);
  const UnitWords words = unit_words(unit, false);
  const bool ratio = kind == OtlpNameKind::kGauge && unit == "1";
  const bool total = kind == OtlpNameKind::kMonotonicSum;
  if (ratio) strip(name, "ratio");
  if (total) strip(name, "total");
  if (!words.per.empty()) strip(name, words.per);
  if (!words.main.empty() && !name.ends_with(words.main)) name += "_" + words.main;
  if (!words.per.empty()) name += "_" + words.per;
  if (total) name += "_total";
  if (ratio) name += "_ratio";
  return name;
}

bool only_underscores(std::string_view text) { return text.find_first_not_of('_') == std::string_view::npos; }

std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 120;
  return fmt::format("{}{}", text.substr(0, kMax), text.size() > kMax ? "…" : "");
}

bool is_reserved(std::string_view label) { return label.size() > 4 && label.starts_with("__") && label.ends_with("__"); }

// One underscore for each character that no label of the older form may hold.
std::string sanitized_label(std::string_view key, bool keep_multiple) {
  const bool reserved = !keep_multiple && is_reserved(key);
  if (reserved) key = key.substr(2, key.size() - 4);
  std::string out;
  for (const char c : key) {
    if (is_continuation(c)) continue;
    if (is_alphanumeric(c)) out.push_back(c);
    else if (keep_multiple || out.empty() || out.back() != '_') out.push_back('_');
  }
  return reserved ? "__" + out + "__" : out;
}

}  // namespace

Result<OtlpTranslation> parse_otlp_translation(std::string_view name) {
  if (name == "UnderscoreEscapingWithSuffixes") return OtlpTranslation::kUnderscoreEscapingWithSuffixes;
  if (name == "UnderscoreEscapingWithoutSuffixes") return OtlpTranslation::kUnderscoreEscapingWithoutSuffixes;
  if (name == "NoUTF8EscapingWithSuffixes") return OtlpTranslation::kNoUtf8EscapingWithSuffixes;
  if (name == "NoTranslation") return OtlpTranslation::kNoTranslation;
  return fail(Code::kInvalid, fmt::format("translation_strategy must be UnderscoreEscapingWithSuffixes, "
                                          "UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes or "
                                          "NoTranslation: {}",
                                          shown(name)));
}

Result<std::string> otlp_metric_name(const OtlpSettings& settings, std::string_view name, std::string_view unit,
                                     OtlpNameKind kind) {
  if (name.empty()) return fail(Code::kInvalid, "a metric has no name");
  if (settings.translation == OtlpTranslation::kNoTranslation) return std::string(name);
  if (settings.translation == OtlpTranslation::kNoUtf8EscapingWithSuffixes) return with_suffixes(name, unit, kind);
  std::string out = settings.adds_suffixes()
                        ? escaped_with_suffixes(name, unit, kind)
                        : joined(runs(name, [](char c) { return is_alphanumeric(c) || c == ':' || c == '_'; }));
  if (!out.empty() && is_digit(out.front())) out.insert(0, "_");
  if (out != name && only_underscores(out)) {
    return fail(Code::kInvalid, fmt::format("nothing but underscores is left of the metric name, choose one with letters or "
                                            "set translation_strategy: NoTranslation: {}",
                                            shown(name)));
  }
  return out;
}

std::string otlp_unit_name(const OtlpSettings& settings, std::string_view unit) {
  const UnitWords words = unit_words(unit, settings.escapes_names());
  if (words.main.empty() || words.per.empty()) return words.main + words.per;
  return words.main + "_" + words.per;
}

Result<std::string> otlp_label_name(const OtlpSettings& settings, std::string_view key) {
  if (key.empty()) return fail(Code::kInvalid, "an attribute has no key");
  if (!settings.escapes_names()) return std::string(key);
  std::string out = sanitized_label(key, settings.label_name_preserve_multiple_underscores);
  if (!out.empty() && is_digit(out.front())) {
    out.insert(0, "key_");
  } else if (settings.label_name_underscore_sanitization && out.starts_with('_') && !out.starts_with("__")) {
    out.insert(0, "key");
  }
  if (out != key && only_underscores(out)) {
    return fail(Code::kInvalid, fmt::format("nothing but underscores is left of the attribute key, choose one with letters "
                                            "or set translation_strategy: NoTranslation: {}",
                                            shown(key)));
  }
  return out;
}

}  // namespace isobar::ingest
