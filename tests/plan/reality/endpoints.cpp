#include "endpoints.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "loopback.h"

namespace isobar::reality {

void write_endpoints(const std::string& folder, const std::string& service, const Endpoints& endpoints) {
  const std::string path = folder + "/" + service;
  {
    std::ofstream file(path + ".new");
    file << (endpoints.external ? "external" : std::to_string(endpoints.quorum));
    for (const std::uint16_t port : endpoints.ports) file << ' ' << port;
    file << '\n';
  }
  std::rename((path + ".new").c_str(), path.c_str());
}

Endpoints read_endpoints(const std::string& folder, const std::string& service) {
  std::ifstream file(folder + "/" + service);
  Endpoints out;
  std::string first;
  if (!(file >> first)) return out;
  out.external = first == "external";
  if (out.external) return out;
  out.quorum = std::stoll(first);
  for (std::uint16_t port = 0; file >> port;) out.ports.push_back(port);
  return out;
}

char ask_service(const Endpoints& endpoints, char question) {
  if (endpoints.external) return 'y';
  std::int64_t well = 0;
  bool degraded = false;
  for (const std::uint16_t port : endpoints.ports) {
    const char answer = ask(port, question);
    well += answer == 'y' || answer == 'd';
    degraded |= answer == 'd';
  }
  if (well < endpoints.quorum) return 'n';
  return degraded ? 'd' : 'y';
}

}  // namespace isobar::reality
