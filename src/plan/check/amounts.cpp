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

// "USD 1,234.50", "US$5", "1.234,50 $" and "5 USD" written as "$1,234.50" and "$5".
std::string with_dollar_signs(std::string_view text) {
  static const re2::RE2 before(R"((?i)\bUSD?\s?\$|\bUSD\s?([~-]?\d))");
  static const re2::RE2 comma(R"((\d{1,3})\.(\d{3}),(\d{2})\b)");
  static const re2::RE2 after(R"((?i)(^|[^\w$.,])(\d[\d,]*(?:\.\d+)?k?)\s?(?:USD\b|\$)([^\d]|$))");
  std::string out(text);
  if (out.find('$') == std::string::npos && lower(out).find("usd") == std::string::npos) return out;
  re2::RE2::GlobalReplace(&out, before, R"($\1)");
  re2::RE2::GlobalReplace(&out, comma, R"(\1,\2.\3)");
  re2::RE2::GlobalReplace(&out, after, R"(\1$\2\3)");
  return out;
}

// "db.t3.medium", "cache.m6g.large" and "t3.medium.search" have prices of their own.
bool is_of_another_service(std::string_view text, std::size_t at, std::size_t size) {
  return (at > 0 && text[at - 1] == '.') || text.substr(at + size).starts_with(".search");
}

std::int64_t step_of(std::size_t fraction, bool thousands) {
  const std::size_t digits = fraction == 0 ? 0 : fraction - 1;  // the point is one of them
  std::int64_t step = thousands ? 100'000 : 100;
  for (std::size_t i = 0; i < digits && step > 1; ++i) step /= 10;
  return step;
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

Period period_in(std::string_view text) {
  static const re2::RE2 year(R"((?:/|\bper|\ba|\bp\.)\s?(?:yr|year|y|a\.|annum)(?:\W|$)|\b(?:annual(?:ly)?|yearly)\b)");
  static const re2::RE2 month(R"((?:/|\bper|\ba|\bp\.)\s?(?:mo|mon|month|m\.)(?:\W|$)|\bmonthly\b)");
  static const re2::RE2 hour(R"((?:/|\bper|\ban)\s?(?:h|hr|hour)(?:\W|$)|\bhourly\b)");
  const std::string in = lower(text);
  if (re2::RE2::PartialMatch(in, year)) return Period::kYear;
  if (re2::RE2::PartialMatch(in, month)) return Period::kMonth;
  return re2::RE2::PartialMatch(in, hour) ? Period::kHour : Period::kUnsaid;
}

std::vector<Amount> amounts_in(std::string_view text) {
  static const re2::RE2 pattern(
      R"((~|≈|(?i:about|approx\.?|circa|ca\.?) )?\s*([-−+]?)\s*\$\s?(\d[\d,]*)(\.\d+)?([kK]\b)?([^|$]{0,24}))");
  const std::string in = with_dollar_signs(text);
  std::vector<Amount> found;
  re2::StringPiece rest(in);
  re2::StringPiece about, sign, whole, fraction, thousand, tail;
  while (true) {
    const char* const start = rest.data();
    if (!re2::RE2::FindAndConsume(&rest, pattern, &about, &sign, &whole, &fraction, &thousand, &tail)) break;
    Amount amount;
    amount.about = !about.empty();
    amount.step = step_of(fraction.size(), !thousand.empty());
    const double dollars = std::atof((without(view(whole), ',') + std::string(view(fraction))).c_str()) * (thousand.empty() ? 1 : 1000);
    amount.cents = std::llround(dollars * 100) * (view(sign) == "-" || view(sign) == "−" ? -1 : 1);
    const std::string after = lower(view(tail));
    static const re2::RE2 each(R"((?:\bper|/)\s?(?:node|worker)|\beach\b)");
    amount.per_node = re2::RE2::PartialMatch(after, each);
    amount.period = period_in(after);
    const char* const end = (thousand.empty() ? (fraction.empty() ? whole.end() : fraction.end()) : thousand.end());
    const std::string_view all(start, static_cast<std::size_t>(end - start));
    amount.text = std::string(all.substr(std::min(all.find_first_of("~$+-"), all.size())));
    found.push_back(std::move(amount));
    rest = re2::StringPiece(end, static_cast<std::size_t>(in.data() + in.size() - end));
  }
  return found;
}

std::optional<Amount> figure_in(std::string_view cell) {
  static const re2::RE2 open(R"((?i)\$\s?[\d.,]+k?\s?(?:\+|(?:-|–|—|to)\s?\$?\d)|(?:<|>|≤|≥|up to|from|at least)\s?\$)");
  const std::string in = with_dollar_signs(cell);
  if (re2::RE2::PartialMatch(in, open)) return std::nullopt;
  const std::size_t equals = in.rfind('=');
  const bool computed = equals != std::string::npos && !amounts_in(in.substr(equals)).empty();
  std::vector<Amount> amounts = amounts_in(computed ? in.substr(equals + 1) : in);
  return amounts.empty() ? std::nullopt : std::optional(std::move(amounts[0]));
}

bool is_figure(std::string_view cell) {
  static const re2::RE2 leading(R"((?i)^[^\w$]*(?:(?:about|approx|circa|ca)\W+)?\$\s?\d|^[\d.,\s$x×*]+=\s*\$)");
  return re2::RE2::PartialMatch(with_dollar_signs(cell), leading);
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
    if (is_of_another_service(in, static_cast<std::size_t>(type.data() - in.data()), type.size())) continue;
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
