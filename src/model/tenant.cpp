#include "model/tenant.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::model {

Result<std::string> parse_tenant(std::string_view header) {
  if (header.empty()) return std::string(kDefaultTenant);
  if (header.size() > 150) return fail(Code::kInvalid, "tenant id in X-Scope-OrgID is longer than 150 characters");
  if (header == "." || header == ".." || header == "__mimir_cluster") {
    return fail(Code::kInvalid, fmt::format("tenant id in X-Scope-OrgID is reserved: \"{}\"", header));
  }
  for (const char c : header) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && std::string_view("!-_.*'()").find(c) == std::string_view::npos) {
      return fail(Code::kInvalid,
                  fmt::format("tenant id in X-Scope-OrgID may hold letters, digits and !-_.*'() only, not '{}'",
                              static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f
                                  ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c))
                                  : std::string(1, c)));
    }
  }
  return std::string(header);
}

Result<std::vector<std::string>> parse_tenants(std::string_view header) {
  std::vector<std::string> tenants;
  while (true) {
    const std::size_t bar = header.find('|');
    const bool several = bar != std::string_view::npos || !tenants.empty();
    const std::string_view part = header.substr(0, bar);
    if (several && part.empty()) return fail(Code::kInvalid, "X-Scope-OrgID holds an empty tenant id beside '|'");
    TRY(std::string tenant, parse_tenant(part));
    tenants.push_back(std::move(tenant));
    if (bar == std::string_view::npos) break;
    header.remove_prefix(bar + 1);
  }
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  return tenants;
}

}  // namespace isobar::model
