#include "config/bind.h"

namespace isobar {
namespace {

// At most one of `keys` may be set.
void expect_at_most_one(const YamlNode& node, std::initializer_list<std::string_view> keys, YamlProblems& problems) {
  std::string_view first;
  for (const std::string_view key : keys) {
    const YamlNode* value = node.find(key);
    if (value == nullptr || value->is_null()) continue;
    if (!first.empty()) problems.add(*value, fmt::format("give only one of {} and {}", first, key));
    first = key;
  }
}

}  // namespace

void bind(const YamlNode& node, http::BasicAuthConfig& out, YamlProblems& problems) {
  YamlMap map(node, "basic_auth", problems);
  map.field("username", out.username);
  map.field("username_file", out.username_file);
  map.field("password", out.password);
  map.field("password_file", out.password_file);
  map.unused("password_ref", "secret references are not built in yet");
  map.unused("username_ref", "secret references are not built in yet");
  map.finish();
  expect_at_most_one(node, {"username", "username_file"}, problems);
  expect_at_most_one(node, {"password", "password_file"}, problems);
}

void bind(const YamlNode& node, http::AuthorizationConfig& out, YamlProblems& problems) {
  YamlMap map(node, "authorization", problems);
  map.field("type", out.type);
  map.field("credentials", out.credentials);
  map.field("credentials_file", out.credentials_file);
  map.unused("credentials_ref", "secret references are not built in yet");
  map.finish();
  expect_at_most_one(node, {"credentials", "credentials_file"}, problems);
  if (http::equals_ignoring_case(out.type, "basic")) problems.add(node, "authorization type cannot be basic (use basic_auth)");
}

void bind(const YamlNode& node, http::TlsConfig& out, YamlProblems& problems) {
  YamlMap map(node, "tls_config", problems);
  map.field("ca", out.ca);
  map.field("ca_file", out.ca_file);
  map.field("cert", out.cert);
  map.field("cert_file", out.cert_file);
  map.field("key", out.key);
  map.field("key_file", out.key_file);
  map.field("server_name", out.server_name);
  map.field("insecure_skip_verify", out.insecure_skip_verify);
  map.unused("ca_ref", "secret references are not built in yet");
  map.unused("cert_ref", "secret references are not built in yet");
  map.unused("key_ref", "secret references are not built in yet");
  for (const auto& [key, version] : {std::pair{"min_version", &out.min_version}, {"max_version", &out.max_version}}) {
    if (!map.field(key, *version)) continue;
    static constexpr std::string_view kVersions[] = {"TLS10", "TLS11", "TLS12", "TLS13"};
    if (std::ranges::find(kVersions, *version) == std::end(kVersions)) {
      problems.add(*node.find(key), "unknown TLS version (write TLS10, TLS11, TLS12 or TLS13): " + *version);
    }
  }
  map.finish();
  expect_at_most_one(node, {"ca", "ca_file"}, problems);
  expect_at_most_one(node, {"cert", "cert_file"}, problems);
  expect_at_most_one(node, {"key", "key_file"}, problems);
  const bool cert = !out.cert.empty() || !out.cert_file.empty();
  const bool key = !out.key.empty() || !out.key_file.empty();
  if (cert != key) problems.add(node, "a client certificate needs both cert and key (or cert_file and key_file)");
}

void bind(const YamlNode& node, http::HeaderConfig& out, YamlProblems& problems) {
  YamlMap map(node, "a header", problems);
  map.field("values", out.values);
  map.field("secrets", out.secrets);
  map.field("files", out.files);
  map.finish();
}

namespace config {

void bind_client(YamlMap& map, http::ClientConfig& out) {
  map.field("basic_auth", out.basic_auth);
  map.field("authorization", out.authorization);
  const YamlNode* token = map.get("bearer_token");
  const YamlNode* token_file = map.get("bearer_token_file");
  if (token != nullptr || token_file != nullptr) {
    if (out.authorization || (token != nullptr && token_file != nullptr)) {
      map.problems().add(token != nullptr ? *token : *token_file,
                         "give only one of authorization, bearer_token and bearer_token_file");
    }
    http::AuthorizationConfig& authorization = out.authorization.emplace();
    if (token != nullptr) bind(*token, authorization.credentials, map.problems());
    if (token_file != nullptr) bind(*token_file, authorization.credentials_file, map.problems());
  }
  if (out.basic_auth && out.authorization) {
    map.problems().add(map.line(), "give only one of basic_auth and authorization (or bearer_token)");
  }
  if (const YamlNode* oauth2 = map.get("oauth2")) map.problems().add(*oauth2, "oauth2 is not built in yet");
  map.field("tls_config", out.tls);
  map.field("proxy_url", out.proxy_url);
  map.field("no_proxy", out.no_proxy);
  map.field("proxy_from_environment", out.proxy_from_environment);
  map.field("proxy_connect_header", out.proxy_connect_header);
  map.field("http_headers", out.http_headers);
  map.field("follow_redirects", out.follow_redirects);
  map.field("enable_http2", out.enable_http2);
}

}  // namespace config
}  // namespace isobar
