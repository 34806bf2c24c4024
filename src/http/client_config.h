// How to reach somebody else's HTTP server, as Prometheus configures it (<http_config>): authentication, TLS, proxy,
// headers. Plain values; config/ binds them from YAML, scraping and discovery apply them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/yaml.h"
#include "http/client.h"

namespace isobar::http {

struct BasicAuthConfig {
  std::string username;
  std::string username_file;
  Secret password;
  std::string password_file;
  bool operator==(const BasicAuthConfig&) const = default;
};

struct AuthorizationConfig {
  std::string type = "Bearer";
  Secret credentials;
  std::string credentials_file;
  bool operator==(const AuthorizationConfig&) const = default;
};

struct TlsConfig {
  std::string ca;
  std::string ca_file;
  std::string cert;
  std::string cert_file;
  Secret key;
  std::string key_file;
  std::string server_name;
  std::string min_version;
  std::string max_version;
  bool insecure_skip_verify = false;
  bool operator==(const TlsConfig&) const = default;
};

struct HeaderConfig {
  std::vector<std::string> values;
  std::vector<Secret> secrets;
  std::vector<std::string> files;
  bool operator==(const HeaderConfig&) const = default;
};

struct ClientConfig {
  std::optional<BasicAuthConfig> basic_auth;
  std::optional<AuthorizationConfig> authorization;
  TlsConfig tls;
  std::string proxy_url;
  std::string no_proxy;
  bool proxy_from_environment = false;
  std::map<std::string, std::vector<Secret>> proxy_connect_header;
  std::map<std::string, HeaderConfig> http_headers;
  bool follow_redirects = true;
  bool enable_http2 = true;  // HTTP/1.1 is spoken either way
  bool operator==(const ClientConfig&) const = default;
};

// Fills the request. Files are read each time, so a rotated secret is used at once; kInvalid names a file that cannot
// be read.
Result<void> apply(const ClientConfig& config, ClientRequest& request);

}  // namespace isobar::http
