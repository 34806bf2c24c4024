// What a renderer asks of one profile: settings with their types, the decision behind each, and computed quantities.
//
// Thread safety: values that point into the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/ledger/evaluation.h"

namespace isobar::plan::rendering {

class ProfileFacts {
 public:
  static Result<ProfileFacts> of(const Ledger& ledger, std::string_view profile);

  const Ledger& ledger() const { return *ledger_; }
  const Evaluation& evaluation() const { return evaluation_; }
  const std::string& profile() const { return evaluation_.profile; }
  std::string title() const;

  // kUnprocessable names the setting that no decision sets, or that has another type.
  Result<std::int64_t> whole(std::string_view setting) const;
  Result<bool> truth(std::string_view setting) const;
  Result<std::string> text(std::string_view setting) const;

  // A quantity, rounded down; nothing when it was not measured or does not exist.
  std::optional<std::int64_t> quantity(std::string_view id) const;
  std::optional<std::int64_t> measured(std::string_view id) const;
  bool built(std::string_view capability) const;
  const Instance* instance(std::string_view id) const;
  std::optional<Rational> price(std::string_view id) const;

  // "C5" and "C5: 50 GB gp3": the decision that sets this, and what it is in this profile.
  std::string id_of(std::string_view setting) const;
  std::string decision(std::string_view setting) const;

 private:
  Result<Value> setting(std::string_view name, Value::Kind kind, std::string_view what) const;

  const Ledger* ledger_ = nullptr;
  Evaluation evaluation_;
};

// Profiles that deploy Isobar, in the ledger's order.
Result<std::vector<std::string>> isobar_profiles(const Ledger& ledger);
Result<bool> has_isobar(const Ledger& ledger, std::string_view profile);

// "$370.88 a month" with what is not in it; and the controls that the profile does not meet although another one does.
std::string cost_sentence(const ProfileFacts& facts);
Result<std::vector<std::string>> waived_controls(const ProfileFacts& facts);

}  // namespace isobar::plan::rendering
