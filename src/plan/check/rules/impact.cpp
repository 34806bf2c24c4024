// What a decision is said to cost is the difference of its two values: of machines by the hour, of disks by the gigabyte.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

double month_of(const Ledger& ledger, const std::string& type) {
  for (const Instance& one : ledger.instances) {
    if (one.id == type) return 730.0 * static_cast<double>(one.usd_per_hour.numerator()) / static_cast<double>(one.usd_per_hour.denominator());
  }
  return 0;
}

double gigabyte(const Ledger& ledger, const std::string& type) {
  for (const Price& one : ledger.prices) {
    if (one.id == "ebs_" + type + "_gb") return static_cast<double>(one.usd.numerator()) / static_cast<double>(one.usd.denominator());
  }
  return 0;
}

// How many nodes the document runs, by its own row; 0 when it does not say.
double nodes_of(const Document& document, std::string DocumentRow::*cell) {
  const DocumentRow* row = document.decision({"node count", "nodes", "number of nodes", "worker count", "worker nodes"});
  const std::optional<Range> count = row == nullptr ? std::nullopt : count_in((*row).*cell);
  const bool limit = row != nullptr && has_any(row->item, {"min", "max", "minimum", "maximum"});
  return count && !limit ? count->high : 0;
}

bool near_any(const Amount& stated, const std::vector<double>& dollars) {
  const double months = stated.period == Period::kYear ? 12 : 1;
  return std::any_of(dollars.begin(), dollars.end(), [&](double one) { return std::abs(std::abs(static_cast<double>(stated.cents)) / 100 / months - std::abs(one)) <= std::max(1.0, std::abs(one) * 0.07); });
}

void machines(const Document& document, const Ledger& ledger, const DocumentRow& row, const Amount& stated, Findings& findings) {
  const std::vector<Machines> prod = machines_in(row.prod);
  const std::vector<Machines> dev = machines_in(row.dev);
  if (prod.size() != 1 || dev.size() != 1 || prod[0].type == dev[0].type) return;
  const double a = month_of(ledger, prod[0].type);
  const double b = month_of(ledger, dev[0].type);
  if (a == 0 || b == 0) return;
  const double n = nodes_of(document, &DocumentRow::prod);
  const double m = nodes_of(document, &DocumentRow::dev);
  std::vector<double> possible{a - b};
  if (!stated.per_node && n > 0) possible.push_back(n * (a - b));
  if (!stated.per_node && n > 0 && m > 0) possible.push_back(n * a - m * b);
  if (near_any(stated, possible)) return;
  const auto money = [](double dollars) { return cents_text(std::llround(dollars * 100)); };
  add(findings, "impact", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.impact),
      n > 0 && !stated.per_node ? fmt::format("{} for each node, {} for {:g}", money(a - b), money(n * (a - b)), n) : fmt::format("{} for each node", money(a - b)),
      fmt::format("{} {} - {} {} a month of 730 h", prod[0].type, money(a), dev[0].type, money(b)));
}

void disks(const Document& document, const Ledger& ledger, const DocumentRow& row, const Amount& stated, Findings& findings) {
  const std::optional<Disk> prod = disk_in(row.prod);
  const std::optional<Disk> dev = disk_in(row.dev);
  if (!prod || !dev) return;
  const double a = prod->gb * gigabyte(ledger, prod->type);
  const double b = dev->gb * gigabyte(ledger, dev->type);
  const double n = nodes_of(document, &DocumentRow::prod);
  std::vector<double> possible{a - b};
  if (!stated.per_node && n > 0) possible.push_back(n * (a - b));
  if (near_any(stated, possible)) return;
  add(findings, "impact", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.impact), cents_text(std::llround((a - b) * 100)),
      fmt::format("{:g} GB {} x ${} = {} - {:g} GB {} x ${} = {}", prod->gb, prod->type, gigabyte(ledger, prod->type), cents_text(std::llround(a * 100)), dev->gb,
                  dev->type, gigabyte(ledger, dev->type), cents_text(std::llround(b * 100))));
}

// "+$110/mo per node" for a number of nodes: the price of one.
void per_node(const Document& document, const Ledger& ledger, const DocumentRow& row, const Amount& stated, Findings& findings) {
  if (!stated.per_node || !count_in(row.prod) || !has_any(row.item, {"node count", "number of nodes", "worker count", "nodes"})) return;
  const DocumentRow* type = document.decision({"instance type", "machine type", "node type"});
  if (type == nullptr) return;
  const std::vector<Machines> prod = machines_in(type->prod);
  const double month = prod.size() == 1 ? month_of(ledger, prod[0].type) : 0;
  if (month == 0 || near_any(stated, {month})) return;
  add(findings, "impact", Severity::kError, document, row.line, fmt::format("{}: {}", row.item, row.impact), cents_text(std::llround(month * 100)),
      fmt::format("one {} for 730 h", prod[0].type));
}

}  // namespace

void impact(const Document& document, const Ledger& ledger, Findings& findings) {
  if (document.in_another_region()) return;
  for (const DocumentRow* row : document.decisions()) {
    const std::vector<Amount> amounts = amounts_in(row->impact);
    if (amounts.size() != 1 || amounts[0].period == Period::kHour || has_any(row->all, {"rds", "database", "aurora", "spot", "reserved", "savings plan"})) continue;
    machines(document, ledger, *row, amounts[0], findings);
    disks(document, ledger, *row, amounts[0], findings);
    per_node(document, ledger, *row, amounts[0], findings);
  }
}

}  // namespace isobar::plan::rules
