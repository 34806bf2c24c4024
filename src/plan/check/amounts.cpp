#include "plan/check/amounts.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <re2/re2.h>

namespace isobar::plan {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const re2::StringPiece& text) { return {text.data(), text.size()}; }

std::string without(std::string_view text, char unwanted) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [&](char c) { return c != unwanted; });
  return out;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool has_word(std::string_view text, std::string_view word) {
  const std::string in = lower(text);
  const std::string wanted = lower(word);
  const auto letter = [&](std::size_t i) { return i < in.size() && std::isalnum(static_cast<unsigned char>(in[i])) != 0; };
  for (std::size_t at = in.find(wanted); at != std::string::npos; at = in.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    const bool plural = end < in.size() && in[end] == 's' && !letter(end + 1);
    if ((at == 0 || !letter(at - 1)) && (!letter(end) || plural)) return true;
  }
  return false;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return has_word(text, word); });
}

std::string cents_text(std::int64_t cents) {
  const std::int64_t size = cents < 0 ? -cents : cents;
  return fmt::format("{}${}.{:02}", cents < 0 ? "-" : "", size / 100, size % 100);
}

std::vector<Amount> amounts_in(std::string_view text) {
  static const re2::RE2 pattern(R"((~|≈|about |approx\.? )?\s*([-−+]?)\s*\$\s?(\d[\d,]*)(\.\d+)?(k\b)?([^|$]{0,24}))");
  std::vector<Amount> found;
  re2::StringPiece rest = piece(text);
  re2::StringPiece about, sign, whole, fraction, thousand, tail;
  while (true) {
    const char* const start = rest.data();
    if (!re2::RE2::FindAndConsume(&rest, pattern, &about, &sign, &whole, &fraction, &thousand, &tail)) break;
    Amount amount;
    amount.about = !about.empty();
    amount.whole = fraction.empty();
    const double dollars = std::atof((without(view(whole), ',') + std::string(view(fraction))).c_str()) * (thousand.empty() ? 1 : 1000);
    amount.cents = std::llround(dollars * 100) * (view(sign) == "-" || view(sign) == "−" ? -1 : 1);
    const std::string after = lower(view(tail));
    amount.per_node = after.find("per node") != std::string::npos || after.find("/node") != std::string::npos || after.find("each") != std::string::npos;
    const char* const end = (thousand.empty() ? (fraction.empty() ? whole.end() : fraction.end()) : thousand.end());
    const std::string_view all(start, static_cast<std::size_t>(end - start));
    amount.text = std::string(all.substr(std::min(all.find_first_of("~$+-"), all.size())));
    found.push_back(std::move(amount));
    rest = re2::StringPiece(end, static_cast<std::size_t>(text.data() + text.size() - end));
  }
  return found;
}

std::optional<Range> count_in(std::string_view text) {
  static const re2::RE2 pattern(R"(^\s*(~|≈|about |\+|-|−)?\s*(\d+)(\+)?(?:\s*(-|–|to|or)\s*(\d+))?(%|\.\d)?)");
  if (text.find('$') != std::string_view::npos) return std::nullopt;
  re2::StringPiece about, low, plus, joint, high, other;
  if (!re2::RE2::PartialMatch(piece(text), pattern, &about, &low, &plus, &joint, &high, &other) || !other.empty()) return std::nullopt;
  Range range;
  range.low = std::atof(std::string(view(low)).c_str());
  range.high = !plus.empty() ? 1e9 : !high.empty() ? std::atof(std::string(view(high)).c_str()) : range.low;
  range.about = view(about) == "~" || view(about) == "≈" || view(about) == "about ";
  range.text = std::string(text);
  return range;
}

std::vector<Percent> percents_in(std::string_view text) {
  static const re2::RE2 pattern(R"((\d+(?:\.\d+)?)\s?(?:%|percent))");
  std::vector<Percent> found;
  re2::StringPiece rest = piece(text);
  re2::StringPiece number;
  while (re2::RE2::FindAndConsume(&rest, pattern, &number)) {
    found.push_back({std::atof(std::string(view(number)).c_str()), static_cast<std::size_t>(number.data() - text.data())});
  }
  return found;
}

std::vector<Machines> machines_in(std::string_view text) {
  static const re2::RE2 pattern(R"((?:(\d+)\s*(?:x|×|\*)?\s*)?\b([a-z]\d[a-z]{0,4}\.(?:nano|micro|small|medium|large|\d*xlarge|metal))\b(?:\s*(?:x|×|\*)\s*(\d+))?)");
  std::vector<Machines> found;
  const std::string in = lower(text);
  re2::StringPiece rest(in);
  re2::StringPiece before, type, after;
  while (re2::RE2::FindAndConsume(&rest, pattern, &before, &type, &after)) {
    const re2::StringPiece count = before.empty() ? after : before;
    found.push_back({count.empty() ? 0 : std::atoi(std::string(view(count)).c_str()), std::string(view(type))});
  }
  return found;
}

std::optional<Disk> disk_in(std::string_view text) {
  static const re2::RE2 pattern(R"((\d+(?:\.\d+)?)\s*(g|t)i?b\b[^|]{0,20}?\b(gp2|gp3)\b)");
  const std::string in = lower(text);
  re2::StringPiece size, unit, type;
  if (!re2::RE2::PartialMatch(in, pattern, &size, &unit, &type)) return std::nullopt;
  return Disk{std::atof(std::string(view(size)).c_str()) * (view(unit) == "t" ? 1024 : 1), std::string(view(type))};
}

}  // namespace isobar::plan
