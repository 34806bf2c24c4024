// Target groups and the kinds of discovery. Label names and defaults as in the Prometheus configuration documentation
// (<static_config>, <file_sd_config>, <http_sd_config>, <dns_sd_config>).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/client_config.h"
#include "model/labels.h"
#include "net/dns.h"
#include "telemetry/metrics.h"

namespace isobar::discovery {

struct TargetGroup {
  std::string source;                  // identifies the group within its job
  std::vector<model::Labels> targets;  // each with __address__, at least
  model::Labels labels;                // of all of them; a target's own win
  bool operator==(const TargetGroup&) const = default;
};

struct FileConfig {
  std::vector<std::string> files;  // paths; the last part may hold '*'
  Duration refresh_interval = Duration::minutes(5);
  bool operator==(const FileConfig&) const = default;
};

struct HttpConfig {
  std::string url;
  Duration refresh_interval = Duration::minutes(1);
  http::ClientConfig client;
  bool operator==(const HttpConfig&) const = default;
};

struct DnsConfig {
  std::vector<std::string> names;
  net::DnsType type = net::DnsType::kSrv;
  std::uint16_t port = 0;  // for A, AAAA and MX
  Duration refresh_interval = Duration::seconds(30);
  bool operator==(const DnsConfig&) const = default;
};

struct DiscoveryConfig {
  std::vector<TargetGroup> static_groups;
  std::vector<FileConfig> files;
  std::vector<HttpConfig> http;
  std::vector<DnsConfig> dns;
  bool operator==(const DiscoveryConfig&) const = default;
};

// What discoverers reach the outside through; all must outlive them.
struct Surroundings {
  http::Client& http;
  net::DnsResolver& dns;
  telemetry::Registry& registry;
};

struct Refresh {
  std::optional<std::vector<TargetGroup>> groups;  // absent: those of the refresh before stay
  std::optional<Error> error;                      // also when only a part failed
};

class Discoverer {
 public:
  virtual ~Discoverer() = default;
  virtual std::string_view kind() const = 0;
  virtual Duration interval() const = 0;
  // What there is now. May block; one call at a time.
  virtual Refresh refresh() = 0;
};

std::unique_ptr<Discoverer> make_file_discoverer(FileConfig config);
std::unique_ptr<Discoverer> make_http_discoverer(HttpConfig config, http::Client& client);
std::unique_ptr<Discoverer> make_dns_discoverer(DnsConfig config, net::DnsResolver& resolver);

}  // namespace isobar::discovery
