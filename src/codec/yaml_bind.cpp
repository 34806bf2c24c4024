#include <charconv>

#include "base/duration_text.h"
#include "base/nearest.h"
#include "codec/number_text.h"
#include "codec/yaml.h"

namespace isobar {
namespace {

constexpr std::size_t kMaxProblems = 100;

bool expect_scalar(const YamlNode& node, std::string_view wanted, YamlProblems& problems) {
  if (node.kind == YamlNode::Kind::kScalar) return true;
  problems.add(node, fmt::format("expected {}", wanted));
  return false;
}

template <class T>
void bind_integer(const YamlNode& node, T& out, std::string_view wanted, YamlProblems& problems) {
  if (!expect_scalar(node, wanted, problems)) return;
  const std::string& text = node.scalar;
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || node.quoted) {
    problems.add(node, fmt::format("expected {}, found: {}", wanted, text));
    return;
  }
  out = value;
}

}  // namespace

std::string YamlProblem::to_string() const {
  return line > 0 ? fmt::format("{}:{}: {}", file, line, message) : fmt::format("{}: {}", file, message);
}

void YamlProblems::add(int line, std::string message) { add(YamlProblem{file_, line, std::move(message)}); }

void YamlProblems::add(YamlProblem problem) {
  if (problems_.size() < kMaxProblems) problems_.push_back(std::move(problem));
}

void YamlProblems::warn(const YamlNode& node, std::string message) {
  if (warnings_.size() < kMaxProblems) warnings_.push_back({file_, node.line, std::move(message)});
}

bool expect_sequence(const YamlNode& node, YamlProblems& problems) {
  if (node.kind == YamlNode::Kind::kSequence) return true;
  problems.add(node, "expected a list (write - before each item, or [a, b])");
  return false;
}

bool expect_map(const YamlNode& node, YamlProblems& problems) {
  if (node.kind == YamlNode::Kind::kMap) return true;
  problems.add(node, "expected a map (write key: value)");
  return false;
}

void bind(const YamlNode& node, std::string& out, YamlProblems& problems) {
  if (node.is_null()) {
    out.clear();
  } else if (expect_scalar(node, "a text", problems)) {
    out = node.scalar;
  }
}

void bind(const YamlNode& node, Secret& out, YamlProblems& problems) {
  node.is_secret = true;
  if (node.is_null()) {
    out = Secret();
  } else if (expect_scalar(node, "a text", problems)) {
    out = Secret(node.scalar);
  }
}

void bind(const YamlNode& node, bool& out, YamlProblems& problems) {
  static constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"};
  static constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"};
  if (!expect_scalar(node, "true or false", problems)) return;
  if (!node.quoted && std::ranges::find(kTrue, node.scalar) != std::end(kTrue)) {
    out = true;
  } else if (!node.quoted && std::ranges::find(kFalse, node.scalar) != std::end(kFalse)) {
    out = false;
  } else {
    problems.add(node, fmt::format("expected true or false, found: {}", node.scalar));
  }
}

void bind(const YamlNode& node, std::int64_t& out, YamlProblems& problems) {
  bind_integer(node, out, "a whole number", problems);
}
void bind(const YamlNode& node, std::uint64_t& out, YamlProblems& problems) {
  bind_integer(node, out, "a whole number that is not negative", problems);
}

void bind(const YamlNode& node, double& out, YamlProblems& problems) {
  if (!expect_scalar(node, "a number", problems)) return;
  if (const auto value = parse_float(node.scalar)) {
    out = *value;
  } else {
    problems.add(node, fmt::format("expected a number, found: {}", node.scalar));
  }
}

void bind(const YamlNode& node, Duration& out, YamlProblems& problems) {
  if (!expect_scalar(node, "a duration like 30s or 5m", problems)) return;
  if (auto value = parse_duration(node.scalar)) {
    out = *value;
  } else {
    problems.add(node, std::move(value).error().message);
  }
}

void bind(const YamlNode& node, ByteSize& out, YamlProblems& problems) {
  if (!expect_scalar(node, "a size like 10MB", problems)) return;
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}, {"KB", 0x1p10}, {"MB", 0x1p20},
      {"GB", 0x1p30},  {"TB", 0x1p40},  {"K", 0x1p10},   {"M", 0x1p20},   {"G", 0x1p30},  {"T", 0x1p40},
      {"B", 1}};
  std::string_view number = node.scalar;
  double factor = number == "0" ? 1 : 0;
  for (const auto& [name, bytes] : kUnits) {
    if (factor == 0 && number.ends_with(name)) {
      factor = bytes;
      number.remove_suffix(name.size());
    }
  }
  const auto value = parse_float(number);
  if (factor == 0 || !value || !(*value >= 0 && *value * factor < 9e18)) {
    problems.add(node, fmt::format("expected a size like 10MB or 1GiB, found: {}", node.scalar));
    return;
  }
  out.bytes = static_cast<std::uint64_t>(*value * factor);
}

YamlMap::YamlMap(const YamlNode& node, std::string what, YamlProblems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (!node.is_null()) expect_map(node, problems);
}

const YamlNode* YamlMap::get(std::string_view key) {
  known_.emplace_back(key);
  const YamlNode* value = node_.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void YamlMap::unused(std::string_view key, std::string_view why) {
  if (const YamlNode* value = get(key)) problems_.warn(*value, fmt::format("{}: {}", why, key));
}

void YamlMap::finish() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [key, value] : node_.pairs) {
    if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
    const std::string_view nearest = nearest_word(key, known);
    problems_.add(value, nearest.empty() ? fmt::format("unknown key in {}: {}", what_, key)
                                         : fmt::format("unknown key in {}, did you mean {}: {}", what_, nearest, key));
  }
}

}  // namespace isobar
