// Tenants are named by the X-Scope-OrgID header. Rules as Mimir documents them: 1 to 150 characters out of
// a-z A-Z 0-9 ! - _ . * ' ( ), not "." or "..", not "__mimir_cluster". Reads may name several, separated by '|'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace isobar::model {

inline constexpr std::string_view kDefaultTenant = "anonymous";

// One tenant, for writes. Empty gives the default tenant.
Result<std::string> parse_tenant(std::string_view header);
// One or more tenants, for reads: sorted, unique.
Result<std::vector<std::string>> parse_tenants(std::string_view header);

}  // namespace isobar::model
