// A figure beside machines, gateways or a control plane is their list price, 730 hours a month.
#include <cmath>

#include <fmt/format.h>

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

void machines(const Document& document, const Ledger& ledger, const DocumentRow& row, const std::string& cell, const std::string& label, Findings& findings) {
  const std::vector<Amount> amounts = amounts_in(cell);
  std::vector<Machines> written = machines_in(cell);
  if (written.empty()) written = machines_in(label);
  if (amounts.empty() || written.size() != 1 || written[0].count == 0) return;
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
  if (amounts.empty() || amounts[0].cents == 0) return;
  for (const Hourly& one : kHourly) {
    if (!has_word(row.item, one.word)) continue;
    const auto bracket = [](const std::string& text) -> std::optional<Range> {
      const std::size_t open = text.find('(');
      return open == std::string::npos ? std::nullopt : count_in(std::string_view(text).substr(open + 1));
    };
    std::optional<Range> count = bracket(cell);
    if (!count && own_label) count = bracket(row.item);
    if (!count && one.price != "eks_hour") return;
    const double n = count ? count->low : 1;
    const double month = n * price_of(ledger, one.price) * kHours;
    // A gateway's data comes on top, so only less than its hours, or half as much again, is surely wrong.
    const auto stated = static_cast<double>(amounts[0].cents) / 100;
    if (near(amounts[0].cents, month) || (one.price == "nat_hour" && stated > month && stated < month * 1.5)) return;
    if (one.price == "eks_hour" && near(amounts[0].cents, n * price_of(ledger, "eks_extended_hour") * kHours)) return;
    add(findings, "price", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, cell), cents_text(std::llround(month * 100)),
        fmt::format("{:g} x ${} x 730 h = {}", n, price_of(ledger, one.price), cents_text(std::llround(month * 100))));
    return;
  }
}

}  // namespace

void price(const Document& document, const Ledger& ledger, Findings& findings) {
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
