#include "flags.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/nearest.h"

namespace isobar::app {
namespace {

Result<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(Code::kInvalid, fmt::format("not a whole number: \"{}\"", text));
  }
  return value;
}

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 4> kUnits{{{"TB", 1ULL << 40}, {"GB", 1ULL << 30}, {"MB", 1ULL << 20}, {"kB", 1ULL << 10}}};

Result<std::uint64_t> parse_bytes(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  TRY(const std::uint64_t number, parse_number(text.substr(0, digits)));
  std::string unit = text.substr(digits);
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::uint64_t factor = 0;
  if (unit.empty() || unit == "b") factor = 1;
  if (unit == "k" || unit == "kb" || unit == "kib") factor = 1ULL << 10;
  if (unit == "m" || unit == "mb" || unit == "mib") factor = 1ULL << 20;
  if (unit == "g" || unit == "gb" || unit == "gib") factor = 1ULL << 30;
  if (unit == "t" || unit == "tb" || unit == "tib") factor = 1ULL << 40;
  std::uint64_t bytes = 0;
  if (factor == 0 || __builtin_mul_overflow(number, factor, &bytes)) {
    return fail(Code::kInvalid, fmt::format("not a size (write it like 512MB or 2GB): \"{}\"", text));
  }
  return bytes;
}

// `text` at `width` columns, continuation lines indented.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = indent;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find(' ', at);
    if (end == std::string::npos) end = text.size();
    const std::size_t word = end - at;
    if (column + word + 1 > width && column > indent) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(text, at, word);
    column += word;
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) return fmt::format("{}{}", bytes / unit.bytes, unit.name);
  }
  return fmt::format("{}", bytes);
}

Flags& Flags::add(std::string name, std::string help, std::string kind,
                  std::function<Result<void>(const std::string&)> set, std::function<std::string()> show) {
  std::string fallback = show();
  flags_.push_back({std::move(name), std::move(help), std::move(fallback), std::move(kind), std::move(set), std::move(show)});
  return *this;
}

Flags& Flags::text(std::string name, std::string help, std::string& value) {
  return add(std::move(name), std::move(help), "TEXT",
             [&value](const std::string& given) -> Result<void> {
               value = given;
               return {};
             },
             [&value] { return value; });
}

Flags& Flags::list(std::string name, std::string help, std::vector<std::string>& values) {
  return add(std::move(name), std::move(help), "TEXT",
             [&values](const std::string& given) -> Result<void> {
               values.push_back(given);
               return {};
             },
             [&values] {
               std::string text;
               for (const std::string& value : values) text += (text.empty() ? "" : ",") + value;
               return text;
             });
}

Flags& Flags::number(std::string name, std::string help, std::uint64_t& value) {
  return add(std::move(name), std::move(help), "N",
             [&value](const std::string& given) -> Result<void> {
               TRY(value, parse_number(given));
               return {};
             },
             [&value] { return fmt::format("{}", value); });
}

Flags& Flags::bytes(std::string name, std::string help, std::uint64_t& value) {
  return add(std::move(name), std::move(help), "SIZE",
             [&value](const std::string& given) -> Result<void> {
               TRY(value, parse_bytes(given));
               return {};
             },
             [&value] { return format_bytes(value); });
}

Flags& Flags::duration(std::string name, std::string help, Duration& value) {
  return add(std::move(name), std::move(help), "TIME",
             [&value](const std::string& given) -> Result<void> {
               TRY(value, parse_duration(given));
               return {};
             },
             [&value] { return format_duration(value); });
}

Flags& Flags::duration(std::string name, std::string help, std::optional<Duration>& value) {
  return add(std::move(name), std::move(help), "TIME",
             [&value](const std::string& given) -> Result<void> {
               TRY(value, parse_duration(given));
               return {};
             },
             [&value] { return value ? format_duration(*value) : std::string(); });
}

Flags& Flags::toggle(std::string name, std::string help, bool& value) {
  return add(std::move(name), std::move(help), "",
             [&value](const std::string&) -> Result<void> {
               value = true;
               return {};
             },
             [&value] { return value ? "true" : "false"; });
}

Result<void> Flags::parse(const std::vector<std::string>& words, std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") {
      help_wanted_ = true;
      return {};
    }
    if (!word.starts_with("--") || word == "--") {
      arguments.push_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
    const Flag* flag = nullptr;
    std::vector<std::string_view> names;
    for (const Flag& candidate : flags_) {
      names.push_back(candidate.name);
      if (candidate.name == name) flag = &candidate;
    }
    if (flag == nullptr) {
      const std::string_view nearest = nearest_word(name, names);
      return fail(Code::kInvalid, fmt::format("unknown flag --{}{}", name,
                                              nearest.empty() ? " (see --help)" : fmt::format(", did you mean --{}?", nearest)));
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (!flag->kind.empty()) {
      if (i + 1 == words.size()) return fail(Code::kInvalid, fmt::format("flag --{} needs a value", name));
      value = words[++i];
    }
    if (const Result<void> set = flag->set(value); !set) {
      return fail(Code::kInvalid, fmt::format("flag --{}: {}", name, set.error().message));
    }
  }
  return {};
}

std::string Flags::help() const {
  std::string out = "usage: " + usage_ + "\n\n" + about_ + "\n";
  if (flags_.empty()) return out;
  out += "\nFlags:\n";
  for (const Flag& flag : flags_) {
    out += fmt::format("  --{}{}{}\n", flag.name, flag.kind.empty() ? "" : " ", flag.kind);
    std::string text = flag.help;
    if (!flag.kind.empty() && !flag.fallback.empty()) text += fmt::format(" (default {})", flag.fallback);
    out += "      " + wrapped(text, 6, 80) + "\n";
  }
  return out;
}

std::map<std::string, std::string> Flags::values() const {
  std::map<std::string, std::string> out;
  for (const Flag& flag : flags_) out[flag.name] = flag.show();
  return out;
}

}  // namespace isobar::app
