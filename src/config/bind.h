// Internal: binders of the sections. In namespace isobar, where the templates of codec/yaml.h find them.
#pragma once

#include "codec/yaml.h"
#include "ingest/protocols/otlp_settings.h"
#include "ingest/tenant_rules.h"
#include "scrape/scrape_config.h"

namespace isobar {

void bind(const YamlNode& node, http::BasicAuthConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, http::AuthorizationConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, http::TlsConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, http::HeaderConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, discovery::TargetGroup& out, YamlProblems& problems);
void bind(const YamlNode& node, discovery::FileConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, discovery::HttpConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, discovery::DnsConfig& out, YamlProblems& problems);
void bind(const YamlNode& node, model::RelabelRule& out, YamlProblems& problems);
void bind(const YamlNode& node, scrape::ScrapeProtocol& out, YamlProblems& problems);

namespace config {

struct StorageConfig;

// The keys of <http_config>, which stand among those of their section.
void bind_client(YamlMap& map, http::ClientConfig& out);
// static_configs and *_sd_configs.
void bind_discovery(YamlMap& map, const YamlNode& node, discovery::DiscoveryConfig& out);
// The keys that `global` and a scrape configuration share; the values before are the defaults.
void bind_scrape_defaults(YamlMap& map, scrape::ScrapeConfig& out);
// One of scrape_configs; `out` holds the defaults.
void bind_scrape(const YamlNode& node, scrape::ScrapeConfig& out, YamlProblems& problems);

// `not_used` says why a key of Prometheus has no effect.
void bind_storage(const YamlNode& node, StorageConfig& out, std::string_view not_used, YamlProblems& problems);
void bind_otlp(const YamlNode& node, ingest::OtlpSettings& out, YamlProblems& problems);
// `limits`: rules of every tenant. `overrides`: by tenant, what differs. Either may be null.
void bind_tenant_rules(const YamlNode* limits, const YamlNode* overrides, ingest::TenantRulesTable& out, YamlProblems& problems);

// Relative paths are relative to the folder of the file that names them.
void resolve_paths(const std::string& folder, scrape::ScrapeConfig& config);
std::string resolve_path(const std::string& folder, const std::string& path);

}  // namespace config
}  // namespace isobar
