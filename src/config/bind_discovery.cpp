#include "config/bind.h"

namespace isobar {
namespace {

void expect_interval(const YamlNode& node, Duration interval, YamlProblems& problems) {
  if (interval <= Duration{0}) problems.add(node, "refresh_interval must be longer than 0s");
}

}  // namespace

void bind(const YamlNode& node, discovery::TargetGroup& out, YamlProblems& problems) {
  YamlMap map(node, "static_configs", problems);
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;
  map.field("targets", targets);
  map.field("labels", labels);
  map.finish();
  for (const std::string& target : targets) {
    if (target.find('/') != std::string::npos) {
      problems.add(node, fmt::format("a target is host:port (scheme and path are keys of their own), found: {}", target));
    }
    out.targets.push_back(model::Labels{{"__address__", target}});
  }
  std::vector<model::LabelView> pairs;
  for (const auto& [name, value] : labels) {
    if (name.empty()) problems.add(node, "label name is empty");
    pairs.push_back({name, value});
  }
  out.labels = model::Labels::from_pairs(std::move(pairs));
}

void bind(const YamlNode& node, discovery::FileConfig& out, YamlProblems& problems) {
  YamlMap map(node, "file_sd_configs", problems);
  map.field("files", out.files);
  map.field("refresh_interval", out.refresh_interval);
  map.finish();
  if (out.files.empty()) problems.add(node, "file_sd_configs needs at least one path in files");
  for (const std::string& file : out.files) {
    if (!file.ends_with(".json") && !file.ends_with(".yml") && !file.ends_with(".yaml")) {
      problems.add(node, "a file of targets must end in .json, .yml or .yaml: " + file);
    }
  }
  expect_interval(node, out.refresh_interval, problems);
}

void bind(const YamlNode& node, discovery::HttpConfig& out, YamlProblems& problems) {
  YamlMap map(node, "http_sd_configs", problems);
  map.field("url", out.url);
  map.field("refresh_interval", out.refresh_interval);
  config::bind_client(map, out.client);
  map.finish();
  if (!out.url.starts_with("http://") && !out.url.starts_with("https://")) {
    problems.add(node, "http_sd_configs needs a url that starts with http:// or https://");
  }
  expect_interval(node, out.refresh_interval, problems);
}

void bind(const YamlNode& node, discovery::DnsConfig& out, YamlProblems& problems) {
  YamlMap map(node, "dns_sd_configs", problems);
  std::string type = "SRV";
  std::uint64_t port = 0;
  map.field("names", out.names);
  map.field("type", type);
  const bool has_port = map.field("port", port);
  map.field("refresh_interval", out.refresh_interval);
  map.finish();
  if (out.names.empty()) problems.add(node, "dns_sd_configs needs at least one name in names");
  if (port > 65535) problems.add(node, fmt::format("port must be at most 65535: {}", port));
  out.port = static_cast<std::uint16_t>(port);
  std::transform(type.begin(), type.end(), type.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (type == "SRV") {
    out.type = net::DnsType::kSrv;
  } else if (type == "A" || type == "AAAA" || type == "MX") {
    out.type = type == "A" ? net::DnsType::kA : type == "AAAA" ? net::DnsType::kAaaa : net::DnsType::kMx;
    if (!has_port) problems.add(node, "port is needed for the DNS record type: " + type);
  } else {
    problems.add(node, "unknown DNS record type (write SRV, A, AAAA or MX): " + type);
  }
  expect_interval(node, out.refresh_interval, problems);
}

namespace config {

void bind_discovery(YamlMap& map, const YamlNode& node, discovery::DiscoveryConfig& out) {
  map.field("static_configs", out.static_groups);
  map.field("file_sd_configs", out.files);
  map.field("http_sd_configs", out.http);
  map.field("dns_sd_configs", out.dns);
  for (const auto& [key, value] : node.pairs) {
    if (!key.ends_with("_sd_configs") || key == "file_sd_configs" || key == "http_sd_configs" || key == "dns_sd_configs") continue;
    static_cast<void>(map.get(key));  // no unknown key: the other kinds are many, and new ones come
    map.problems().add(value, "this discovery is not built in yet (static, file, http and dns are): " + key);
  }
}

}  // namespace config
}  // namespace isobar
