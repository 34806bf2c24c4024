#include <filesystem>

#include "config/bind.h"

namespace isobar {

void bind(const YamlNode& node, model::RelabelRule& out, YamlProblems& problems) {
  YamlMap map(node, "a relabel rule", problems);
  map.field("source_labels", out.source_labels);
  map.field("separator", out.separator);
  map.field("target_label", out.target_label);
  map.field("regex", out.regex);
  map.field("modulus", out.modulus);
  map.field("replacement", out.replacement);
  std::string action = "replace";
  if (map.field("action", action)) {
    if (auto known = model::parse_relabel_action(action)) {
      out.action = *known;
    } else {
      problems.add(*node.find("action"), std::move(known).error().message);
    }
  }
  // An empty text is a value here, while the binder takes no value for "not given".
  for (const auto& [key, field] : {std::pair{"separator", &out.separator}, {"replacement", &out.replacement}, {"regex", &out.regex}}) {
    if (const YamlNode* value = node.find(key); value != nullptr && value->is_null()) field->clear();
  }
  map.finish();
  if (auto valid = model::Relabeler::create({out}); !valid) {
    std::string message = std::move(valid).error().message;
    message.erase(0, std::min(message.find(": ") + 2, message.size()));  // its number says nothing that the line does not
    problems.add(node, std::move(message));
  }
}

void bind(const YamlNode& node, scrape::ScrapeProtocol& out, YamlProblems& problems) {
  static const std::map<std::string, scrape::ScrapeProtocol> kProtocols{
      {"PrometheusProto", scrape::ScrapeProtocol::kProtobuf},
      {"OpenMetricsText1.0.0", scrape::ScrapeProtocol::kOpenMetrics100},
      {"OpenMetricsText0.0.1", scrape::ScrapeProtocol::kOpenMetrics001},
      {"PrometheusText1.0.0", scrape::ScrapeProtocol::kText100},
      {"PrometheusText0.0.4", scrape::ScrapeProtocol::kText004}};
  std::string name;
  bind(node, name, problems);
  const auto known = kProtocols.find(name);
  if (known != kProtocols.end()) {
    out = known->second;
  } else {
    problems.add(node, "unknown scrape protocol (write PrometheusProto, OpenMetricsText1.0.0, OpenMetricsText0.0.1, "
                       "PrometheusText1.0.0 or PrometheusText0.0.4): " + name);
  }
}

namespace config {
namespace {

void check_scrape(const YamlNode& node, scrape::ScrapeConfig& config, bool own_timeout, YamlProblems& problems) {
  if (config.job_name.empty()) problems.add(node, "a scrape configuration needs a job_name");
  if (config.interval <= Duration{0}) problems.add(node, "scrape_interval must be longer than 0s");
  if (config.timeout > config.interval) {
    if (own_timeout) problems.add(node, "scrape_timeout is longer than scrape_interval: " + config.job_name);
    config.timeout = config.interval;
  }
  if (config.scheme != "http" && config.scheme != "https") {
    problems.add(node, "scheme must be http or https: " + config.scheme);
  }
  for (std::size_t i = 0; i < config.protocols.size(); ++i) {
    if (std::count(config.protocols.begin(), config.protocols.end(), config.protocols[i]) > 1) {
      problems.add(node, "a scrape protocol is listed twice: " + config.job_name);
      break;
    }
  }
}

}  // namespace

void bind_scrape_defaults(YamlMap& map, scrape::ScrapeConfig& out) {
  map.field("scrape_interval", out.interval);
  map.field("scrape_timeout", out.timeout);
  map.field("scrape_protocols", out.protocols);
  map.field("scrape_native_histograms", out.scrape_native_histograms);
  map.field("always_scrape_classic_histograms", out.always_scrape_classic_histograms);
  map.field("scrape_classic_histograms", out.always_scrape_classic_histograms);  // its name before Prometheus 3
  ByteSize body{out.limits.body_bytes};
  map.field("body_size_limit", body);
  out.limits.body_bytes = body.bytes;
  map.field("sample_limit", out.limits.samples);
  map.field("label_limit", out.limits.labels);
  map.field("label_name_length_limit", out.limits.label_name_length);
  map.field("label_value_length_limit", out.limits.label_value_length);
  map.field("target_limit", out.limits.targets);
  map.field("keep_dropped_targets", out.limits.dropped_targets);
  map.unused("convert_classic_histograms_to_nhcb", "accepted, not used yet");
  map.unused("scrape_failure_log_file", "accepted, not used yet");
  map.unused("extra_scrape_metrics", "accepted, not used yet");
  for (const char* key : {"metric_name_validation_scheme", "metric_name_escaping_scheme"}) {
    const YamlNode* scheme = map.get(key);
    if (scheme == nullptr) continue;
    const std::string_view plain = key == std::string_view("metric_name_validation_scheme") ? "utf8" : "allow-utf-8";
    if (scheme->scalar != plain) map.problems().warn(*scheme, fmt::format("only {} is used, not used is the value of: {}", plain, key));
  }
}

void bind_scrape(const YamlNode& node, scrape::ScrapeConfig& out, YamlProblems& problems) {
  YamlMap map(node, "scrape_configs", problems);
  map.field("job_name", out.job_name);
  bind_scrape_defaults(map, out);
  map.field("honor_labels", out.honor_labels);
  map.field("honor_timestamps", out.honor_timestamps);
  map.field("track_timestamps_staleness", out.track_timestamps_staleness);
  map.field("params", out.params);
  map.field("metrics_path", out.metrics_path);
  map.field("scheme", out.scheme);
  map.field("enable_compression", out.enable_compression);
  map.field("fallback_scrape_protocol", out.fallback_protocol);
  map.field("native_histogram_bucket_limit", out.limits.histogram_buckets);
  map.unused("native_histogram_min_bucket_factor", "accepted, not used yet");
  bind_client(map, out.client);
  bind_discovery(map, node, out.discovery);
  map.field("relabel_configs", out.relabel);
  map.field("metric_relabel_configs", out.metric_relabel);
  map.finish();
  const YamlNode* timeout = node.find("scrape_timeout");
  check_scrape(node, out, timeout != nullptr && !timeout->is_null(), problems);
}

std::string resolve_path(const std::string& folder, const std::string& path) {
  if (path.empty() || path.front() == '/' || folder.empty()) return path;
  return (std::filesystem::path(folder) / path).string();
}

namespace {

void resolve_client(const std::string& folder, http::ClientConfig& client) {
  const auto resolve = [&folder](std::string& path) { path = resolve_path(folder, path); };
  if (client.basic_auth) {
    resolve(client.basic_auth->username_file);
    resolve(client.basic_auth->password_file);
  }
  if (client.authorization) resolve(client.authorization->credentials_file);
  resolve(client.tls.ca_file);
  resolve(client.tls.cert_file);
  resolve(client.tls.key_file);
  for (auto& [name, header] : client.http_headers) std::for_each(header.files.begin(), header.files.end(), resolve);
}

}  // namespace

void resolve_paths(const std::string& folder, scrape::ScrapeConfig& config) {
  resolve_client(folder, config.client);
  for (discovery::FileConfig& file : config.discovery.files) {
    for (std::string& path : file.files) path = resolve_path(folder, path);
  }
  for (discovery::HttpConfig& http : config.discovery.http) resolve_client(folder, http.client);
}

}  // namespace config
}  // namespace isobar
