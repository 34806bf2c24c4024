// What a profile of the ledger sets for isobar serve: each setting serve.NAME is a default of the flag --NAME.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace isobar::app {

// "--memory.head", "512MiB", … `ledger`: a file or folder; empty: the one that ships. kInvalid for an unknown profile and
// for one without Isobar.
Result<std::vector<std::string>> served_profile(const std::string& profile, const std::string& ledger);

}  // namespace isobar::app
