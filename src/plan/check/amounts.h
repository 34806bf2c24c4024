// Figures in prose: "$330", "~$603/mo", "+$110/mo per node", "15+ pods", "0 or 5 (no Kafka)", "10-15", "42%", "3x t3a.xlarge",
// "100GB gp3 per node". What a team writes is seldom one number, so counts are ranges.
//
// Thread safety: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isobar::plan {

// Of what time an amount says that it is.
enum class Period { kUnsaid, kHour, kMonth, kYear };
Period period_in(std::string_view text);

// Dollars in cents; the k of "$1.2k" is a thousand. "USD 5", "US$5", "5 USD" and "5 $" are as "$5".
struct Amount {
  std::int64_t cents = 0;
  std::int64_t step = 100;  // the last digit that was written: 1 of "$5.00", 100 of "$5", 10,000 of "$1.2k"
  bool about = false;       // "~", "≈", "about"
  bool per_node = false;
  Period period = Period::kUnsaid;
  std::string text;  // as written
};
std::vector<Amount> amounts_in(std::string_view text);
// What a cell comes to: the amount behind "=", else its first. None for "$50-60", "$5+", "up to $5": those are no one figure.
std::optional<Amount> figure_in(std::string_view cell);
// Whether a cell is an amount, words about it following: "~$110 (2x t3a.medium)", "3 x $33 = $99".
bool is_figure(std::string_view cell);

struct Range {
  double low = 0;
  double high = 0;
  bool about = false;
  std::string text;
};
// The first count of a cell: "15+" has no upper end (1e9). Dollars and percentages are no counts.
std::optional<Range> count_in(std::string_view text);

struct Percent {
  double value = 0;
  std::size_t at = 0;
};
std::vector<Percent> percents_in(std::string_view text);

// "3x t3a.xlarge", "t3a.medium", "2 × m6a.large"; count 0 when none is written.
struct Machines {
  int count = 0;
  std::string type;
};
std::vector<Machines> machines_in(std::string_view text);

// "100GB gp3", "50 GiB gp2", "10GB gp3 PVC".
struct Disk {
  double gb = 0;
  std::string type;  // gp2, gp3
};
std::optional<Disk> disk_in(std::string_view text);

std::string lower(std::string_view text);
// As whole words, case-insensitive: has_word("NAT Gateways", "nat").
bool has_word(std::string_view text, std::string_view word);
bool has_any(std::string_view text, std::initializer_list<std::string_view> words);
// "$54.90", from cents.
std::string cents_text(std::int64_t cents);

}  // namespace isobar::plan
