// The configuration file (--config): Prometheus' format. https://prometheus.io/docs/prometheus/latest/configuration
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/yaml.h"
#include "ingest/protocols/otlp_settings.h"
#include "model/matcher.h"
#include "ingest/tenant_rules.h"
#include "scrape/scrape_config.h"

namespace isobar::config {

struct GlobalConfig {
  scrape::ScrapeConfig scrape_defaults;  // what scrape_configs start from
  Duration evaluation_interval = Duration::minutes(1);
  Duration rule_query_offset{0};
  std::map<std::string, std::string> external_labels;  // $VAR and ${VAR} are replaced from the environment
  std::string query_log_file;
};

// Series that match are kept for `keep`, 0: for ever. Ours: Prometheus has no such rules.
struct RetentionRule {
  std::string selector;
  std::vector<model::Matcher> matchers;
  Duration keep;
};

struct StorageConfig {
  std::vector<RetentionRule> retention;  // the first that matches counts
};

struct Config {
  std::string path;
  GlobalConfig global;
  std::vector<scrape::ScrapeConfig> scrape_configs;  // those of scrape_config_files included
  std::vector<std::string> rule_files;               // patterns, absolute or relative to the working directory
  ingest::OtlpSettings otlp;
  StorageConfig storage;
  ingest::TenantRulesTable tenant_rules;             // sections limits and overrides
  std::string text;                                  // the YAML as loaded, secrets as <secret>
  std::vector<YamlProblem> warnings;                 // accepted, but without effect
};

struct CheckedConfig {
  std::optional<Config> config;  // only without problems
  std::vector<YamlProblem> problems;
  std::vector<YamlProblem> warnings;
};

// Every problem of the file and those it includes.
CheckedConfig check_config(const std::string& path);
CheckedConfig check_config_text(const std::string& text, const std::string& path);

// The same for those who only go on without problems: kInvalid lists the first ten, one a line.
Result<Config> load_config(const std::string& path);

}  // namespace isobar::config
