// DNS questions with one answer set each, blocking, bounded by a deadline. The seam at which tests answer instead.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace isobar::net {

enum class DnsType { kA, kAaaa, kSrv, kMx };

struct DnsRecord {
  std::string target;      // address (A, AAAA) or host name without its final dot
  std::uint16_t port = 0;  // SRV only
};

class DnsResolver {
 public:
  virtual ~DnsResolver() = default;
  // Records in order of the answer. A name without such records gives an empty list; a name that does not exist
  // kNotFound; no answer kUnavailable or kTimeout. Thread-safe.
  virtual Result<std::vector<DnsRecord>> lookup(const std::string& name, DnsType type) = 0;
};

// Asks the servers of /etc/resolv.conf, or `servers` ("127.0.0.1:5353", comma-separated) if not empty.
std::unique_ptr<DnsResolver> make_dns_resolver(Duration timeout = Duration::seconds(10), std::string servers = {});

}  // namespace isobar::net
