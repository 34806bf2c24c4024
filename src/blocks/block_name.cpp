#include "blocks/block_name.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "blocks/companions.h"

namespace isobar::blocks {
namespace {

// The part up to the next '-', which is taken off.
std::string_view next_part(std::string_view& rest) {
  const std::size_t dash = rest.find('-');
  const std::string_view part = rest.substr(0, dash);
  rest.remove_prefix(dash == std::string_view::npos ? rest.size() : dash + 1);
  return part;
}

template <class T>
bool read_number(std::string_view part, int base, T& value) {
  const auto parsed = std::from_chars(part.data(), part.data() + part.size(), value, base);
  return parsed.ec == std::errc{} && parsed.ptr == part.data() + part.size();
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-'; });
}

// "5m", "1h", "1500ms"; zero if it is none.
Duration read_resolution(std::string_view part) {
  std::int64_t number = 0;
  const std::size_t digits = std::min(part.find_first_not_of("0123456789"), part.size());
  if (digits == 0 || digits > 9 || !read_number(part.substr(0, digits), 10, number)) return {};
  const std::string_view unit = part.substr(digits);
  if (unit == "h") return Duration::hours(number);
  if (unit == "m") return Duration::minutes(number);
  return unit == "ms" ? Duration{number} : Duration{};
}

constexpr std::size_t kUlidLetters = 26;

}  // namespace

std::string format_block_name(const BlockName& name) {
  std::string text = fmt::format("{:04}-{:016x}-{:016x}-{:x}", name.partition.value, name.first.value,
                                 name.end.value, zigzag(name.bucket));
  if (name.resolution.ms != 0) text += "-" + resolution_text(name.resolution);
  if (!name.suffix.empty()) text += "-" + name.suffix;
  return text;
}

std::optional<BlockName> parse_block_name(std::string_view text) {
  BlockName name;
  std::string_view rest = text;
  std::uint64_t bucket = 0;
  if (!read_number(next_part(rest), 10, name.partition.value) ||
      !read_number(next_part(rest), 16, name.first.value) ||
      !read_number(next_part(rest), 16, name.end.value) || !read_number(next_part(rest), 16, bucket)) {
    return std::nullopt;
  }
  name.bucket = unzigzag(bucket);
  std::string_view behind = rest;
  name.resolution = read_resolution(next_part(behind));
  if (name.resolution.ms != 0) rest = behind;
  name.suffix = rest;
  if (name.end < name.first || !is_plain(rest) || format_block_name(name) != text) return std::nullopt;
  return name;
}

std::string free_block_name(BlockName name, const std::function<bool(const std::string&)>& taken) {
  name.suffix = name.imported() ? name.suffix.substr(0, kUlidLetters) : "";
  const std::string plain = format_block_name(name);
  std::string free = plain;
  for (int n = 2; taken(free); ++n) free = fmt::format("{}-{}", plain, n);
  return free;
}

std::string block_key(std::string_view prefix, std::string_view name, std::uint64_t epoch, std::uint64_t attempt) {
  if (epoch != 0) return fmt::format("{}/blocks/{:010}/{}.{}.block", prefix, epoch, name, attempt);
  return fmt::format("{}/blocks/{}.block", prefix, name);
}

std::uint64_t epoch_of_block_key(std::string_view prefix, std::string_view key) {
  const std::string_view folder = "/blocks/";
  if (!key.starts_with(prefix) || !key.substr(prefix.size()).starts_with(folder)) return 0;
  std::string_view rest = key.substr(prefix.size() + folder.size());
  const std::size_t slash = rest.find('/');
  std::uint64_t epoch = 0;
  return slash != std::string_view::npos && read_number(rest.substr(0, slash), 10, epoch) ? epoch : 0;
}

}  // namespace isobar::blocks
