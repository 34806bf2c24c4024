#include "plan/survival/cheapest_change.h"

#include <algorithm>

#include <fmt/format.h>

#include "plan/ledger/control_state.h"

namespace isobar::plan {
namespace {

struct Candidate {
  std::vector<Edit> edits;
  Settings settings;
  std::int64_t micro_usd = 0;  // added to the bill
};

class Search {
 public:
  Search(const Ledger& ledger, const std::string& profile, const Survival& survival) : ledger_(ledger), profile_(profile), survival_(survival) {}

  Result<std::vector<SurvivingChange>> run() {
    TRY(base_, evaluate(ledger_, profile_));
    for (const Control& control : ledger_.controls) {
      TRY(const Strength strength, control_state(ledger_, base_.settings, control.id));
      controls_.push_back(strength);
    }
    for (const FailureVerdict& one : survival_.failures) {
      if (one.applies && !survived(one.verdict)) open_.push_back({one.failure, {}, {}});
    }
    TRY(std::vector<Candidate> singles, single_edits());
    TRYV(try_all(singles));
    if (std::any_of(open_.begin(), open_.end(), [](const SurvivingChange& one) { return one.edits.empty(); })) {
      TRY(std::vector<Candidate> pairs, pairs_of(singles));
      TRYV(try_all(pairs));
    }
    return std::move(open_);
  }

 private:
  // Empty settings: the value changes nothing here.
  Settings with(const Settings& settings, const DecisionValue& value) const {
    Settings out = settings;
    for (const auto& [name, setting] : value.settings) out.insert_or_assign(name, setting);
    return out;
  }

  // Those that change the world, keep the components and the controls; what changes no world changes no failure.
  Result<std::vector<Candidate>> single_edits() {
    std::vector<Candidate> out;
    for (const Decision& decision : ledger_.decisions) {
      std::vector<const DecisionValue*> values;
      for (const Profile& profile : ledger_.profiles) values.push_back(&decision.values.find(profile.id)->second);
      for (const DecisionValue& option : decision.options) values.push_back(&option);
      for (const DecisionValue* value : values) {
        Candidate candidate{{{&decision, value}}, with(base_.settings, *value), 0};
        const bool known = std::any_of(out.begin(), out.end(), [&](const Candidate& one) { return one.settings == candidate.settings; });
        if (known || candidate.settings == base_.settings) continue;
        TRY(const bool allowed, is_allowed(candidate));
        if (!allowed) continue;
        const Result<ProfileWorld> world = world_of(ledger_, profile_, candidate.settings);
        if (world && !(world->world == survival_.world.world)) out.push_back(std::move(candidate));
      }
    }
    return out;
  }

  Result<std::vector<Candidate>> pairs_of(const std::vector<Candidate>& singles) {
    std::vector<Candidate> out;
    for (std::size_t a = 0; a < singles.size(); ++a) {
      for (std::size_t b = a + 1; b < singles.size(); ++b) {
        if (singles[a].edits[0].decision == singles[b].edits[0].decision) continue;
        Candidate pair{{singles[a].edits[0], singles[b].edits[0]}, with(singles[a].settings, *singles[b].edits[0].value), 0};
        TRY(const bool allowed, is_allowed(pair));
        if (allowed) out.push_back(std::move(pair));
      }
    }
    return out;
  }

  // And computes what the candidate costs.
  Result<bool> is_allowed(Candidate& candidate) {
    const Result<Evaluation> evaluation = evaluate(ledger_, profile_, candidate.settings);
    if (!evaluation) return false;
    for (std::size_t i = 0; i < base_.components.size(); ++i) {
      if (base_.components[i].present && !evaluation->components[i].present) return false;
    }
    for (std::size_t i = 0; i < ledger_.controls.size(); ++i) {
      TRY(const Strength strength, control_state(ledger_, candidate.settings, ledger_.controls[i].id));
      if (strength > controls_[i]) return false;
    }
    candidate.micro_usd = evaluation->total.micro_usd - base_.total.micro_usd;
    return true;
  }

  Result<void> try_all(std::vector<Candidate>& candidates) {
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.micro_usd < b.micro_usd; });
    for (const Candidate& candidate : candidates) {
      if (std::none_of(open_.begin(), open_.end(), [](const SurvivingChange& one) { return one.edits.empty(); })) return {};
      TRYV(try_one(candidate));
    }
    return {};
  }

  Result<void> try_one(const Candidate& candidate) {
    const Result<ProfileWorld> world = world_of(ledger_, profile_, candidate.settings);
    if (!world) return {};  // an impossible profile is no change
    TRY(simulation::Simulator simulator, simulation::Simulator::create(world->world));
    std::optional<bool> harms;
    for (SurvivingChange& one : open_) {
      if (!one.edits.empty()) continue;
      TRY(const FailureVerdict verdict, verdict_of(ledger_, *one.failure, candidate.settings, simulator));
      if (!verdict.applies || !survived(verdict.verdict)) continue;
      if (!harms) {
        TRY(harms, harms_another(candidate, simulator));
      }
      if (*harms) return {};
      one.edits = candidate.edits;
      one.month = {candidate.micro_usd, true};
    }
    return {};
  }

  Result<bool> harms_another(const Candidate& candidate, simulation::Simulator& simulator) {
    for (const FailureVerdict& before : survival_.failures) {
      if (!before.applies || !survived(before.verdict)) continue;
      TRY(const FailureVerdict after, verdict_of(ledger_, *before.failure, candidate.settings, simulator));
      if (!survived(after.verdict)) return true;
    }
    return false;
  }

  const Ledger& ledger_;
  const std::string& profile_;
  const Survival& survival_;
  Evaluation base_;
  std::vector<Strength> controls_;
  std::vector<SurvivingChange> open_;
};

}  // namespace

Result<std::vector<SurvivingChange>> cheapest_changes(const Ledger& ledger, const std::string& profile, const Survival& survival) {
  return Search(ledger, profile, survival).run();
}

std::string edits_text(const std::vector<Edit>& edits) {
  std::string text;
  for (const Edit& edit : edits) text += fmt::format("{}{} {}: {}", text.empty() ? "" : "; ", edit.decision->id, edit.decision->title, edit.value->text);
  return text;
}

}  // namespace isobar::plan
