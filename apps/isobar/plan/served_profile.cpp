#include "plan/served_profile.h"

#include <fmt/format.h>

#include "plan/ledger/evaluation.h"
#include "plan/served_ledger.h"

namespace isobar::app {

Result<std::vector<std::string>> served_profile(const std::string& profile, const std::string& ledger) {
  ServedLedger source(ledger);
  TRY(const plan::Ledger* loaded, source.get());
  std::string known = "local";
  for (const plan::Profile& one : loaded->profiles) known += ", " + one.id;
  if (loaded->profile(profile) == nullptr) return fail(Code::kInvalid, fmt::format("flag --profile must be one of {}: {}", known, profile));
  TRY(const plan::Settings settings, plan::settings_of(*loaded, profile));
  std::vector<std::string> words;
  constexpr std::string_view kPrefix = "serve.";
  for (const auto& [name, value] : settings) {
    if (!name.starts_with(kPrefix) || value.to_string() == "none") continue;
    words.push_back("--" + name.substr(kPrefix.size()));
    words.push_back(value.to_string());
  }
  if (words.empty()) return fail(Code::kInvalid, fmt::format("profile {} has no Isobar: none of its decisions sets serve.…", profile));
  return words;
}

}  // namespace isobar::app
