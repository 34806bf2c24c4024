#include "plan/render/profile_facts.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "plan/compare/comparison.h"
#include "plan/ledger/control_state.h"
#include "plan/report/report.h"

namespace isobar::plan::rendering {
namespace {

template <class Row>
const Row* row_of(const std::vector<Row>& rows, std::string_view id) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
  return at == rows.end() ? nullptr : &*at;
}

std::optional<std::int64_t> whole_of(const Value& value) {
  if (value.kind != Value::Kind::kNumber) return std::nullopt;
  const Result<Rational> floor = value.number.floor();
  return floor ? std::optional(floor->numerator()) : std::nullopt;
}

// Texts of a ledger stand in comments and notes: one line each, and no template of Helm in it.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '{' && out.ends_with('{')) out += ' ';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

// It becomes the name of a cluster, of a folder and the value of a label.
Result<void> check_name(std::string_view profile) {
  const bool fits = !profile.empty() && profile.size() <= 40 && std::isalpha(static_cast<unsigned char>(profile.front())) != 0 &&
                    std::isalnum(static_cast<unsigned char>(profile.back())) != 0 &&
                    std::all_of(profile.begin(), profile.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
  if (fits) return {};
  return fail(Code::kUnprocessable, fmt::format("to be rendered, the id of a profile must be at most 40 letters, digits and "
                                                "hyphens, a letter first and no hyphen last: {}",
                                                profile));
}

}  // namespace

Result<ProfileFacts> ProfileFacts::of(const Ledger& ledger, std::string_view profile) {
  ProfileFacts facts;
  facts.ledger_ = &ledger;
  TRY(facts.evaluation_, evaluate(ledger, profile));
  TRYV(check_name(profile));
  return facts;
}

std::string ProfileFacts::title() const {
  return one_line(ledger_->profile(profile())->title);
}

Result<Value> ProfileFacts::setting(std::string_view name, Value::Kind kind, std::string_view what) const {
  const auto at = evaluation_.settings.find(name);
  if (at == evaluation_.settings.end()) {
    return fail(Code::kUnprocessable, fmt::format("rendering needs a setting that no decision of the ledger sets: {}", name));
  }
  if (at->second.kind == kind) return at->second;
  return fail(Code::kUnprocessable,
              fmt::format("decision {}: {} must be {}, not {}", id_of(name), name, what, at->second.to_string()));
}

Result<std::int64_t> ProfileFacts::whole(std::string_view name) const {
  TRY(const Value value, setting(name, Value::Kind::kNumber, "a whole number"));
  if (value.number.is_whole() && !value.number.is_negative()) return value.number.numerator();
  return fail(Code::kUnprocessable,
              fmt::format("decision {}: {} must be a whole number from 0 on, not {}", id_of(name), name, value.to_string()));
}

Result<bool> ProfileFacts::truth(std::string_view name) const {
  TRY(const Value value, setting(name, Value::Kind::kBool, "true or false"));
  return value.truth;
}

Result<std::string> ProfileFacts::text(std::string_view name) const {
  TRY(const Value value, setting(name, Value::Kind::kText, "a word"));
  return value.text;
}

std::optional<std::int64_t> ProfileFacts::quantity(std::string_view id) const {
  const auto at = evaluation_.values.find(id);
  return at == evaluation_.values.end() ? std::nullopt : whole_of(at->second);
}

std::optional<std::int64_t> ProfileFacts::measured(std::string_view id) const {
  const Measurement* row = row_of(ledger_->measurements, id);
  if (row == nullptr || !row->value) return std::nullopt;
  const Result<Rational> up = row->value->ceil();
  return up ? std::optional(up->numerator()) : std::nullopt;
}

bool ProfileFacts::built(std::string_view capability) const {
  const Capability* row = row_of(ledger_->capabilities, capability);
  return row != nullptr && row->built;
}

const Instance* ProfileFacts::instance(std::string_view id) const {
  return row_of(ledger_->instances, id);
}

std::optional<Rational> ProfileFacts::price(std::string_view id) const {
  const Price* row = row_of(ledger_->prices, id);
  return row == nullptr ? std::nullopt : std::optional(row->usd);
}

std::string ProfileFacts::id_of(std::string_view setting) const {
  const Decision* decision = ledger_->decision_of(setting);
  return decision == nullptr ? std::string(setting) : decision->id;
}

std::string ProfileFacts::decision(std::string_view setting) const {
  const Decision* decision = ledger_->decision_of(setting);
  if (decision == nullptr) return std::string(setting);
  const auto at = decision->values.find(profile());
  return at == decision->values.end() ? decision->id : one_line(fmt::format("{}: {}", decision->id, at->second.text));
}

Result<bool> has_isobar(const Ledger& ledger, std::string_view profile) {
  TRY(const Settings settings, settings_of(ledger, profile));
  const auto at = settings.find("isobar.replicas");
  return at != settings.end() && at->second.kind == Value::Kind::kNumber && !at->second.number.is_zero();
}

Result<std::vector<std::string>> isobar_profiles(const Ledger& ledger) {
  std::vector<std::string> found;
  for (const Profile& profile : ledger.profiles) {
    TRY(const bool has, has_isobar(ledger, profile.id));
    if (has) found.push_back(profile.id);
  }
  return found;
}

std::string cost_sentence(const ProfileFacts& facts) {
  const Evaluation& evaluation = facts.evaluation();
  std::string missing;
  for (const EvaluatedCost& cost : evaluation.costs) {
    if (!cost.month.measured) missing += (missing.empty() ? "" : ", ") + cost.line->title;
  }
  std::string text = fmt::format("{} a month by the plan, list prices as of {}", dollars({evaluation.total.micro_usd, true}),
                                 facts.ledger().as_of);
  return missing.empty() ? text : fmt::format("{}; not measured, and not in it: {}", text, missing);
}

Result<std::vector<std::string>> waived_controls(const ProfileFacts& facts) {
  std::vector<std::string> waived;
  for (const Control& control : facts.ledger().controls) {
    TRY(const Strength here, control_state(facts.ledger(), facts.evaluation().settings, control.id));
    Strength best = Strength::kNone;
    for (const Profile& other : facts.ledger().profiles) {
      TRY(const Settings settings, settings_of(facts.ledger(), other.id));
      TRY(const Strength there, control_state(facts.ledger(), settings, control.id));
      best = std::min(best, there);
    }
    if (best < here)
      waived.push_back(
          fmt::format("{} {} ({} here)", control.id, control.title, here == Strength::kNone ? "not met" : strength_name(here)));
  }
  return waived;
}

}  // namespace isobar::plan::rendering
