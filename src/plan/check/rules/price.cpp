// A figure beside machines, gateways or a control plane is their list price, 730 hours a month.
#include <cmath>

#include <fmt/format.h>
#include <re2/re2.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

constexpr double kHours = 730;

const Instance* instance_of(const Ledger& ledger, const std::string& type) {
  for (const Instance& one : ledger.instances) {
    if (one.id == type) return &one;
  }
  return nullptr;
}

double price_of(const Ledger& ledger, std::string_view id) {
  for (const Price& one : ledger.prices) {
    if (one.id == id) return static_cast<double>(one.usd.numerator()) / static_cast<double>(one.usd.denominator());
  }
  return 0;
}

// Five percent, or two dollars: figures are rounded, and prices move.
bool near(std::int64_t stated, double dollars) { return std::abs(static_cast<double>(stated) - dollars * 100) <= std::max(200.0, dollars * 5); }

// Prices of the list are those of us-east-1 on demand, all month: of other regions (us-east-2 and us-west-2 cost the same),
// commitments and hours nothing is said.
bool is_of_another_list(std::string_view text) {
  return has_any(text, {"spot", "reserved", "reserved instances", "ri", "savings plan", "committed", "commitment", "discount", "hours", "h/day", "weekdays", "nights", "office hours", "shared", "upfront"});
}

void machines(const Document& document, const Ledger& ledger, const DocumentRow& row, const std::string& cell, const std::string& label, Findings& findings) {
  const std::vector<Amount> amounts = amounts_in(cell);
  std::vector<Machines> written = machines_in(cell);
  if (written.empty()) written = machines_in(label);
  if (amounts.empty() || is_of_another_list(row.item) || is_of_another_list(cell) || written.size() != 1 || written[0].count == 0) return;
  const Instance* instance = instance_of(ledger, written[0].type);
  if (instance == nullptr) return;
  const double hour = static_cast<double>(instance->usd_per_hour.numerator()) / static_cast<double>(instance->usd_per_hour.denominator());
  const double month = written[0].count * hour * kHours;
  if (near(amounts[0].cents, month)) return;
  add(findings, "price", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, cell), cents_text(std::llround(month * 100)),
      fmt::format("{} x ${} x 730 h = {} ({}, {})", written[0].count, instance->usd_per_hour.to_string(), cents_text(std::llround(month * 100)), instance->source.text, instance->source.date));
}

struct Hourly {
  std::string_view word;
  std::string_view price;
};
constexpr Hourly kHourly[] = {{"nat gateway", "nat_hour"}, {"eks control plane", "eks_hour"}, {"control plane", "eks_hour"}};

// "NAT gateways (3) | $100 | $35 (1)": the count is in the cell, else in the label.
void gateways(const Document& document, const Ledger& ledger, const DocumentRow& row, const std::string& cell, bool own_label, Findings& findings) {
  const std::vector<Amount> amounts = amounts_in(cell);
  if (amounts.empty() || amounts[0].cents == 0 || is_of_another_list(row.item) || is_of_another_list(cell)) return;
  if (has_any(row.item, {"log", "logging", "audit", "istio", "linkerd", "mesh"})) return;
  for (const Hourly& one : kHourly) {
    if (!has_word(row.item, one.word)) continue;
    const auto bracket = [](const std::string& text) -> std::optional<Range> {
      const std::size_t open = text.find('(');
      static const re2::RE2 leading(R"(^\s*(\d+)\s*(?:x|×)?\s*(?i:nat|eks))");
      static const re2::RE2 unit(R"((?i)^\(\s*\d+\s*(?:h\b|hours|hrs|gb|tb|x\s?7|/7))");
      int count = 0;
      if (re2::RE2::PartialMatch(text, leading, &count)) return Range{static_cast<double>(count), static_cast<double>(count), false, text};
      if (open == std::string::npos || re2::RE2::PartialMatch(re2::StringPiece(text).substr(open), unit)) return std::nullopt;
      return count_in(std::string_view(text).substr(open + 1));
    };
    std::optional<Range> count = bracket(cell);
    if (!count && own_label) count = bracket(row.item);
    if (!count && one.price != "eks_hour") return;
    const double n = count ? count->low : 1;
    const double month = n * price_of(ledger, one.price) * kHours;
    // A gateway's data comes on top, so only less than its hours, or half as much again, is surely wrong.
    const auto stated = static_cast<double>(amounts[0].cents) / 100;
    if (near(amounts[0].cents, month) || (one.price == "nat_hour" && stated > month && (stated < month * 1.5 || has_any(row.all, {"data", "gb", "traffic", "processing", "processed"})))) return;
    if (one.price == "eks_hour" && near(amounts[0].cents, n * price_of(ledger, "eks_extended_hour") * kHours)) return;
    add(findings, "price", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, cell), cents_text(std::llround(month * 100)),
        fmt::format("{:g} x ${} x 730 h = {}", n, price_of(ledger, one.price), cents_text(std::llround(month * 100))));
    return;
  }
}

}  // namespace

void price(const Document& document, const Ledger& ledger, Findings& findings) {
  if (document.in_another_region()) return;
  for (const DocumentTable& table : document.tables) {
    if (table.kind != TableKind::kCosts) continue;
    for (const DocumentRow& row : table.rows) {
      machines(document, ledger, row, row.prod, row.item, findings);
      machines(document, ledger, row, row.dev, "", findings);
      gateways(document, ledger, row, row.prod, true, findings);
      gateways(document, ledger, row, row.dev, false, findings);
    }
  }
}

}  // namespace isobar::plan::rules
