// Which ports a service has: one small file a service, replaced whole, as a name service would answer. The first number
// is the service's quorum, then one port for each Ready pod; "external" for what has no pods.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace isobar::reality {

struct Endpoints {
  bool external = false;
  std::int64_t quorum = 1;
  std::vector<std::uint16_t> ports;
  bool operator==(const Endpoints&) const = default;
};

void write_endpoints(const std::string& folder, const std::string& service, const Endpoints& endpoints);
// No ports where there is no file: a name that does not resolve.
Endpoints read_endpoints(const std::string& folder, const std::string& service);

// 'y' when the quorum answers `question` with yes, 'd' when some of it only works less well, else 'n'.
char ask_service(const Endpoints& endpoints, char question);

}  // namespace isobar::reality
