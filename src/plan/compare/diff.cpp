#include "plan/compare/diff.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

class Differ {
 public:
  Differ(const Ledger& before, const Ledger& after) : before_(before), after_(after) {}

  Result<LedgerDiff> run() {
    out_.report.title = "What the change of the ledger does";
    for (const Profile& profile : after_.profiles) {
      if (before_.profile(profile.id) == nullptr) out_.report.paragraphs.push_back(fmt::format("New profile: {}.", profile.id));
      else TRYV(one_profile(profile.id));
    }
    for (const Profile& profile : before_.profiles) {
      if (after_.profile(profile.id) == nullptr) out_.report.paragraphs.push_back(fmt::format("Profile is gone: {}.", profile.id));
    }
    if (costs_.rows.empty() && footprint_.rows.empty() && controls_.rows.empty() && decisions_.rows.empty() && failures_.rows.empty()) out_.report.paragraphs.emplace_back("Nothing that counts changed.");
    for (Table* table : {&decisions_, &costs_, &footprint_, &controls_, &failures_}) {
      if (!table->rows.empty()) out_.report.tables.push_back(std::move(*table));
    }
    return std::move(out_);
  }

 private:
  Result<void> one_profile(const std::string& profile) {
    TRY(const Evaluation old_one, evaluate(before_, profile));
    TRY(const Evaluation new_one, evaluate(after_, profile));
    decisions_of(profile);
    costs_of(profile, old_one, new_one);
    TRYV(footprint_of(profile, old_one, new_one));
    TRYV(controls_of(profile, old_one, new_one));
    return failures_of(profile);
  }

  void decisions_of(const std::string& profile) {
    std::set<std::string> ids;
    for (const Decision& one : before_.decisions) ids.insert(one.id);
    for (const Decision& one : after_.decisions) ids.insert(one.id);
    for (const std::string& id : ids) {
      const auto text = [&](const Ledger& ledger) {
        const Decision* decision = ledger.decision(id);
        return decision == nullptr ? std::string("-") : decision->values.find(profile)->second.text;
      };
      if (text(before_) != text(after_)) decisions_.rows.push_back({profile, id, text(before_), text(after_)});
    }
  }

  void costs_of(const std::string& profile, const Evaluation& old_one, const Evaluation& new_one) {
    std::map<std::string, std::pair<Money, Money>> lines;
    for (const EvaluatedCost& one : old_one.costs) lines[one.line->id].first = one.month;
    for (const EvaluatedCost& one : new_one.costs) lines[one.line->id].second = one.month;
    for (const auto& [id, money] : lines) {
      if (money.first.micro_usd != money.second.micro_usd) add_cost(profile, id, money.first, money.second);
    }
    if (old_one.total.micro_usd != new_one.total.micro_usd) add_cost(profile, "total", old_one.total, new_one.total);
    out_.dearer = out_.dearer || new_one.total.micro_usd > old_one.total.micro_usd;
  }

  void add_cost(const std::string& profile, const std::string& id, const Money& from, const Money& to) {
    costs_.rows.push_back({profile, id, money_cell(from), money_cell(to), money_change_cell({to.micro_usd - from.micro_usd})});
  }

  Result<void> footprint_of(const std::string& profile, const Evaluation& old_one, const Evaluation& new_one) {
    const auto row = [&](const char* what, const Value& from, const Value& to) -> Result<void> {
      if (from == to) return {};
      TRY(const Rational change, to.number.minus(from.number));
      footprint_.rows.push_back({profile, what, value_cell(from), value_cell(to), change_cell(Value::of(change))});
      return {};
    };
    TRYV(row("pods", old_one.footprint.pods, new_one.footprint.pods));
    TRYV(row("memory requests, MiB", old_one.footprint.memory_mib, new_one.footprint.memory_mib));
    TRYV(row("CPU requests, thousandths", old_one.footprint.cpu_m, new_one.footprint.cpu_m));
    return row("volumes, GiB", old_one.footprint.volume_gib, new_one.footprint.volume_gib);
  }

  Result<void> controls_of(const std::string& profile, const Evaluation& old_one, const Evaluation& new_one) {
    std::set<std::string> ids;
    for (const Control& one : before_.controls) ids.insert(one.id);
    for (const Control& one : after_.controls) ids.insert(one.id);
    for (const std::string& id : ids) {
      TRY(const Strength from, control_state(before_, old_one.settings, id));
      TRY(const Strength to, control_state(after_, new_one.settings, id));
      if (from == to) continue;
      const auto text = [](Strength s) { return s == Strength::kNone ? std::string("not met") : std::string(strength_name(s)); };
      controls_.rows.push_back({profile, id, text(from), text(to)});
      out_.less_compliant = out_.less_compliant || to > from;
    }
    return {};
  }

  // By id: a failure that only one ledger names is no change of the profile.
  Result<void> failures_of(const std::string& profile) {
    if (before_.failures.empty() || after_.failures.empty()) return {};
    TRY(const Survival old_one, survival_of(before_, profile));
    TRY(const Survival new_one, survival_of(after_, profile));
    for (const FailureVerdict& from : old_one.failures) {
      for (const FailureVerdict& to : new_one.failures) {
        if (from.failure->id != to.failure->id || verdict_text(from) == verdict_text(to)) continue;
        failures_.rows.push_back({profile, from.failure->id, verdict_text(from), verdict_text(to)});
        const bool well_before = !from.applies || survived(from.verdict);
        out_.less_safe = out_.less_safe || (well_before && to.applies && !survived(to.verdict));
      }
    }
    return {};
  }

  const Ledger& before_;
  const Ledger& after_;
  LedgerDiff out_;
  Table decisions_{"decisions", "Decisions", {{"profile", "profile"}, {"id", "id"}, {"before", "before"}, {"after", "after"}}, {}, SIZE_MAX, {}};
  Table costs_{"costs", "Dollars a month", {{"profile", "profile"}, {"id", "line"}, {"before_usd_micro", "before", true}, {"after_usd_micro", "after", true}, {"change_usd_micro", "change", true}}, {}, SIZE_MAX, {}};
  Table footprint_{"footprint", "Requests", {{"profile", "profile"}, {"what", "what"}, {"before", "before", true}, {"after", "after", true}, {"change", "change", true}}, {}, SIZE_MAX, {}};
  Table failures_{"failures", "Failures", {{"profile", "profile"}, {"failure", "failure"}, {"before", "before"}, {"after", "after"}}, {}, SIZE_MAX, {}};
  Table controls_{"controls", "Controls", {{"profile", "profile"}, {"control", "control"}, {"before", "before"}, {"after", "after"}}, {}, SIZE_MAX, {}};
};

}  // namespace

Result<LedgerDiff> diff_ledgers(const Ledger& before, const Ledger& after) { return Differ(before, after).run(); }

}  // namespace isobar::plan
