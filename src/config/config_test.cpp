#include "config/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace isobar::config {
namespace {

using Lines = std::vector<std::string>;

Lines texts(const std::vector<YamlProblem>& problems) {
  Lines lines;
  for (const YamlProblem& problem : problems) lines.push_back(problem.to_string());
  return lines;
}

Config load(const std::string& text) {
  CheckedConfig checked = check_config_text(text, "/etc/isobar/p.yml");
  EXPECT_EQ(texts(checked.problems), Lines{});
  return checked.config.value_or(Config{});
}
Lines problems_of(const std::string& text) { return texts(check_config_text(text, "p.yml").problems); }

TEST(Config, TheUsualFile) {
  const Config config = load(R"(
global:
  scrape_interval: 15s
  evaluation_interval: 30s
  external_labels: {cluster: eu}
rule_files: [rules/*.yml]
scrape_configs:
- job_name: prometheus
  static_configs:
  - targets: ['localhost:9090', "b:1"]
    labels: {env: dev}
- job_name: node
  scrape_interval: 5s
  metrics_path: /m
  scheme: https
  params: {module: [a, b]}
  honor_labels: true
  sample_limit: 1000
  body_size_limit: 10MB
  file_sd_configs:
  - files: [targets/*.json]
  relabel_configs:
  - source_labels: [__address__, x]
    separator: ''
    regex: (.*):\d+
    target_label: instance
    replacement: $1
  - action: labelmap
    regex: __meta_(.+)
  metric_relabel_configs:
  - {source_labels: [__name__], regex: go_.*, action: drop}
)");
  ASSERT_EQ(config.scrape_configs.size(), 2u);
  const scrape::ScrapeConfig& first = config.scrape_configs[0];
  EXPECT_EQ(first.job_name, "prometheus");
  EXPECT_EQ(first.interval, Duration::seconds(15));
  EXPECT_EQ(first.timeout, Duration::seconds(10));
  EXPECT_EQ(first.discovery.static_groups[0].targets[1].get("__address__"), "b:1");
  EXPECT_EQ(first.discovery.static_groups[0].labels.get("env"), "dev");
  const scrape::ScrapeConfig& second = config.scrape_configs[1];
  EXPECT_EQ(second.interval, Duration::seconds(5));
  EXPECT_EQ(second.timeout, Duration::seconds(5));  // the default does not fit, and nobody asked for it
  EXPECT_EQ(second.params.at("module"), (Lines{"a", "b"}));
  EXPECT_TRUE(second.honor_labels);
  EXPECT_EQ(second.limits.samples, 1000u);
  EXPECT_EQ(second.limits.body_bytes, 10u << 20);
  EXPECT_EQ(second.discovery.files[0].files, Lines{"/etc/isobar/targets/*.json"});
  EXPECT_EQ(second.relabel[0].separator, "");
  EXPECT_EQ(second.relabel[1].action, model::RelabelAction::kLabelMap);
  EXPECT_EQ(second.metric_relabel[0].action, model::RelabelAction::kDrop);
  EXPECT_EQ(config.rule_files, Lines{"/etc/isobar/rules/*.yml"});
  EXPECT_EQ(config.global.evaluation_interval, Duration::seconds(30));
  EXPECT_EQ(config.global.external_labels.at("cluster"), "eu");
}

TEST(Config, AnEmptyFileHasDefaults) {
  const Config config = load("");
  EXPECT_EQ(config.global.scrape_defaults.interval, Duration::minutes(1));
  EXPECT_TRUE(config.scrape_configs.empty());
}

TEST(Config, AllProblemsWithTheirLines) {
  EXPECT_EQ(problems_of(R"(globl: {}
scrape_configs:
- job_name: a
  scrape_intervall: 5s
- job_name: a
  scrape_interval: 5s
  scrape_timeout: 10s
- scheme: ftp
- job_name: b
  relabel_configs:
  - {regex: '(', target_label: x}
  - {action: hashmod, target_label: x}
  - {actoin: keep}
  kubernetes_sd_configs: [{role: pod}]
  scrape_protocols: [Proto]
  static_configs: [{targets: ['http://x/metrics']}]
  basic_auth: {username: u, password: p, password_file: f}
  bearer_token: t
)"),
            (Lines{"p.yml:4: unknown key in scrape_configs, did you mean scrape_interval: scrape_intervall",
                   "p.yml:5: scrape_timeout is longer than scrape_interval: a", "p.yml:5: job_name is used twice: a",
                   "p.yml:8: a scrape configuration needs a job_name", "p.yml:8: scheme must be http or https: ftp",
                   "p.yml:15: unknown scrape protocol (write PrometheusProto, OpenMetricsText1.0.0, OpenMetricsText0.0.1, "
                   "PrometheusText1.0.0 or PrometheusText0.0.4): Proto",
                   "p.yml:17: give only one of password and password_file",
                   "p.yml:9: give only one of basic_auth and authorization (or bearer_token)",
                   "p.yml:16: a target is host:port (scheme and path are keys of their own), found: http://x/metrics",
                   "p.yml:14: this discovery is not built in yet (static, file, http and dns are): kubernetes_sd_configs",
                   "p.yml:11: missing ): (: \"(\"", "p.yml:12: hashmod needs a modulus above zero",
                   "p.yml:13: unknown key in a relabel rule, did you mean action: actoin",
                   "p.yml:13: this action needs a target_label",
                   "p.yml:1: unknown key in the configuration, did you mean global: globl"}));
}

TEST(Config, SectionsWithoutEffectAreNamed) {
  const CheckedConfig checked = check_config_text(
      "remote_write:\n- url: http://x\n  basic_auth: {password: hunter2}\nalerting: {}\nstorage: {tsdb: {}}\n", "p.yml");
  EXPECT_TRUE(checked.problems.empty());
  EXPECT_EQ(texts(checked.warnings), (Lines{"p.yml:5: accepted, not used yet: tsdb", "p.yml:4: accepted, not used yet: alerting",
                                            "p.yml:2: accepted, not used yet: remote_write"}));
}

TEST(Config, Otlp) {
  EXPECT_EQ(load("").otlp, ingest::OtlpSettings{});
  EXPECT_EQ(load("otlp:\n").otlp, ingest::OtlpSettings{});
  const ingest::OtlpSettings all = load(R"(
otlp:
  promote_resource_attributes: [host.name, k8s.pod.name]
  translation_strategy: NoUTF8EscapingWithSuffixes
  keep_identifying_resource_attributes: true
  convert_histograms_to_nhcb: true
  promote_scope_metadata: true
  label_name_underscore_sanitization: false
  label_name_preserve_multiple_underscores: false
)").otlp;
  EXPECT_EQ(all, (ingest::OtlpSettings{.translation = ingest::OtlpTranslation::kNoUtf8EscapingWithSuffixes,
                                       .promote_resource_attributes = {"host.name", "k8s.pod.name"},
                                       .keep_identifying_resource_attributes = true,
                                       .convert_histograms_to_nhcb = true,
                                       .promote_scope_metadata = true,
                                       .label_name_underscore_sanitization = false,
                                       .label_name_preserve_multiple_underscores = false}));
  const ingest::OtlpSettings most =
      load("otlp: {promote_all_resource_attributes: true, ignore_resource_attributes: [process.pid]}").otlp;
  EXPECT_EQ(most, (ingest::OtlpSettings{.promote_all_resource_attributes = true, .ignore_resource_attributes = {"process.pid"}}));
}

TEST(Config, ProblemsOfOtlp) {
  EXPECT_EQ(problems_of(R"(otlp:
  promote_resource_attributes: [a, "", a]
  promote_all_resource_attributes: true
  translation_strategy: Underscores
  promote_scope_metadat: true
)"),
            (Lines{"p.yml:2: a resource attribute has no name in promote_resource_attributes",
                   "p.yml:2: resource attribute is listed twice in promote_resource_attributes: a",
                   "p.yml:4: translation_strategy must be UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, "
                   "NoUTF8EscapingWithSuffixes or NoTranslation: Underscores",
                   "p.yml:5: unknown key in otlp, did you mean promote_scope_metadata: promote_scope_metadat",
                   "p.yml:2: write either promote_all_resource_attributes or promote_resource_attributes, not both"}));
  EXPECT_EQ(problems_of("otlp: {ignore_resource_attributes: [a]}"),
            Lines{"p.yml:1: ignore_resource_attributes has an effect only with promote_all_resource_attributes: true"});
}

TEST(Config, RulesOfRetention) {
  EXPECT_TRUE(load("storage: {tsdb: {out_of_order_time_window: 1h}}").storage.retention.empty());
  const auto rules = load(R"(storage:
  retention:
    - {selector: '{namespace="dev"}', for: 7d}
    - {selector: up, for: 0s}
)").storage.retention;
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].matchers, std::vector<model::Matcher>{model::Matcher::equal("namespace", "dev")});
  EXPECT_EQ(rules[0].keep, Duration::hours(168));
  EXPECT_EQ(rules[1].matchers, std::vector<model::Matcher>{model::Matcher::equal("__name__", "up")});
  EXPECT_EQ(rules[1].keep, Duration{});
  EXPECT_EQ(problems_of(R"(storage:
  retention:
    - {for: 7d}
    - {selector: up}
    - {selector: 'up{', for: 1d}
    - {selector: up, fro: 1d}
)"),
            (Lines{"p.yml:3: a rule of storage.retention has no selector, write one such as '{namespace=\"dev\"}'",
                   "p.yml:4: a rule of storage.retention does not say for how long, write for: 7d, or 0s for ever",
                   "p.yml:5: selector: 1:4: parse error: unexpected end of input inside braces",
                   "p.yml:6: a rule of storage.retention does not say for how long, write for: 7d, or 0s for ever",
                   "p.yml:6: unknown key in a rule of storage.retention, did you mean for: fro"}));
}

TEST(Config, SecretsNeverPrint) {
  const Config config = load(R"(remote_write:
- url: http://u:hunter2@x/
  basic_auth: {username: u, password: hunter2}
scrape_configs:
- job_name: a
  bearer_token: hunter2
  http_headers:
    X-Key:
      secrets: [hunter2]
  tls_config: {cert: c, key: hunter2}
  http_sd_configs:
  - url: http://u:hunter2@sd/
)");
  EXPECT_EQ(config.text.find("hunter2"), std::string::npos) << config.text;
  EXPECT_NE(config.text.find("bearer_token: <secret>"), std::string::npos);
  EXPECT_EQ(config.scrape_configs[0].client.authorization->credentials.reveal(), "hunter2");
  EXPECT_EQ(config.scrape_configs[0].client.http_headers.at("X-Key").secrets[0].reveal(), "hunter2");
}

TEST(Config, ExternalLabelsTakeTheEnvironment) {
  ::setenv("ISOBAR_TEST_ZONE", "b", 1);
  const Config config = load("global: {external_labels: {zone: 'z-${ISOBAR_TEST_ZONE}-$ISOBAR_TEST_ZONE', dollar: a$$b, unset: $ISOBAR_NOT_SET}}");
  EXPECT_EQ(config.global.external_labels.at("zone"), "z-b-b");
  EXPECT_EQ(config.global.external_labels.at("dollar"), "a$b");
  EXPECT_EQ(config.global.external_labels.at("unset"), "");
}

TEST(Config, FilesAreIncludedAndPathsAreTheirs) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("isobar-config-{}", ::getpid());
  std::filesystem::create_directories(folder / "more");
  std::ofstream(folder / "p.yml") << "global: {scrape_interval: 7s}\nscrape_config_files: [more/*.yml]\n";
  std::ofstream(folder / "more/a.yml") << "scrape_configs:\n- job_name: a\n  tls_config: {ca_file: ca.pem}\n";
  const auto config = load_config(folder / "p.yml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->scrape_configs.at(0).interval, Duration::seconds(7));
  EXPECT_EQ(config->scrape_configs.at(0).client.tls.ca_file, folder / "more/ca.pem");
  std::ofstream(folder / "more/b.yml") << "scrape_configs:\n- job_nam: a\n";
  EXPECT_EQ(load_config(folder / "p.yml").error().message,
            fmt::format("{0}:2: unknown key in scrape_configs, did you mean job_name: job_nam\n"
                        "{0}:2: a scrape configuration needs a job_name", (folder / "more/b.yml").string()));
  EXPECT_EQ(load_config(folder / "none.yml").error().message, (folder / "none.yml").string() + ": cannot read the configuration file");
  std::filesystem::remove_all(folder);
}

TEST(Config, RulesOfTenantsInheritTheDefaults) {
  const CheckedConfig checked = check_config_text(
      "limits:\n"
      "  accept_ha_samples: true\n"
      "  ha_cluster_label: site\n"
      "overrides:\n"
      "  team-a:\n"
      "    ha_max_targets: 7\n"
      "    metric_relabel_configs:\n"
      "    - {source_labels: [__name__], regex: debug_.*, action: drop}\n"
      "  team-b: {accept_ha_samples: false}\n",
      "p.yml");
  ASSERT_TRUE(checked.config);
  const ingest::TenantRulesTable& table = checked.config->tenant_rules;
  EXPECT_TRUE(table.defaults.accept_ha_samples);
  const ingest::TenantRules& a = table.overrides.at("team-a");
  EXPECT_TRUE(a.accept_ha_samples);
  EXPECT_EQ(a.ha_cluster_label, "site");
  EXPECT_EQ(a.ha_replica_label, "__replica__");
  EXPECT_EQ(a.ha_max_targets, 7U);
  EXPECT_EQ(a.metric_relabel_configs.at(0).action, model::RelabelAction::kDrop);
  EXPECT_FALSE(table.overrides.at("team-b").accept_ha_samples);
  EXPECT_TRUE(table.overrides.at("team-b").metric_relabel_configs.empty());
}

TEST(Config, RulesOfTenantsThatAreWrong) {
  const CheckedConfig checked = check_config_text(
      "limits: {ha_cluster_label: x, ha_replica_label: x}\n"
      "overrides:\n"
      "  a/b: {accept_ha_sample: true}\n",
      "p.yml");
  std::vector<std::string> said;
  for (const YamlProblem& problem : checked.problems) said.push_back(problem.to_string());
  EXPECT_EQ(said, (std::vector<std::string>{
                      "p.yml:1: ha_cluster_label and ha_replica_label must be two labels, both are x",
                      "p.yml:3: tenant id in X-Scope-OrgID may hold letters, digits and !-_.*'() only, not '/'",
                      "p.yml:3: unknown key in the overrides of a tenant, did you mean accept_ha_samples: accept_ha_sample"}));
}

}  // namespace
}  // namespace isobar::config
