#include "scrape/target.h"

#include "base/bytes.h"
#include "base/duration_text.h"
#include "base/utf8.h"
#include "http/form.h"

namespace isobar::scrape {
namespace {

constexpr std::string_view kParamPrefix = "__param_";

Result<Duration> positive_duration(const model::LabelsBuilder& labels, std::string_view name) {
  TRY(const Duration duration, parse_duration(labels.get(name)));
  if (duration <= Duration{0}) return fail(Code::kInvalid, fmt::format("label must be longer than 0s: {}", name));
  return duration;
}

std::string make_url(const ScrapeConfig& config, const model::LabelsBuilder& labels) {
  auto params = config.params;
  for (const auto& [name, value] : labels.pairs()) {
    if (!name.starts_with(kParamPrefix)) continue;
    std::vector<std::string>& values = params[name.substr(kParamPrefix.size())];
    if (values.empty()) values.emplace_back();
    values.front() = value;
  }
  std::string path(labels.get("__metrics_path__"));
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  std::string url = fmt::format("{}://{}{}", labels.get("__scheme__"), labels.get("__address__"), path);
  char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, values] : params) {
    for (const std::string& value : values) {
      url += separator;
      url += http::percent_encode(name) + "=" + http::percent_encode(value);
      separator = '&';
    }
  }
  return url;
}

}  // namespace

Hash128 Target::id() const {
  std::string bytes;
  put_bytes(bytes, labels.encoded());
  put_bytes(bytes, url);
  put_fixed(bytes, interval.ms);
  put_fixed(bytes, timeout.ms);
  return hash128(bytes);
}

model::Labels discovered_labels(const ScrapeConfig& config, const model::Labels& target, const model::Labels& group) {
  model::LabelsBuilder labels(group);
  for (const model::LabelView& label : target) labels.set(label.name, label.value);
  const auto set_default = [&labels](std::string_view name, std::string_view value) {
    if (labels.get(name).empty()) labels.set(name, value);
  };
  set_default("job", config.job_name);
  set_default("__scrape_interval__", format_duration(config.interval));
  set_default("__scrape_timeout__", format_duration(config.timeout));
  set_default("__metrics_path__", config.metrics_path);
  set_default("__scheme__", config.scheme);
  for (const auto& [name, values] : config.params) {
    if (!values.empty()) set_default(std::string(kParamPrefix) + name, values.front());
  }
  return labels.build();
}

Result<std::optional<Target>> make_target(const ScrapeConfig& config, const model::Relabeler& relabeler,
                                          const model::Labels& discovered) {
  model::LabelsBuilder labels(discovered);
  if (!relabeler.apply(labels)) return std::nullopt;
  const std::string address(labels.get("__address__"));
  if (address.empty()) return fail(Code::kInvalid, "a target has no __address__");
  if (address.find('/') != std::string::npos) {
    return fail(Code::kInvalid, "the __address__ of a target must be host:port, without scheme and path: " + address);
  }
  Target target{.discovered = discovered};
  TRY(target.interval, positive_duration(labels, "__scrape_interval__"));
  TRY(target.timeout, positive_duration(labels, "__scrape_timeout__"));
  if (target.timeout > target.interval) {
    return fail(Code::kInvalid, "__scrape_timeout__ is longer than __scrape_interval__: " + address);
  }
  const std::string_view scheme = labels.get("__scheme__");
  if (scheme != "http" && scheme != "https") {
    return fail(Code::kInvalid, fmt::format("__scheme__ must be http or https: {}", scheme));
  }
  target.url = make_url(config, labels);
  if (labels.get("instance").empty()) labels.set("instance", address);
  model::LabelsBuilder kept;
  for (const auto& [name, value] : labels.pairs()) {
    if (!is_valid_utf8(value)) return fail(Code::kInvalid, "invalid UTF-8 in the value of label " + name);
    if (!name.starts_with("__")) kept.set(name, value);
  }
  target.labels = kept.build();
  return target;
}

std::string global_url(const std::string& url, const std::string& external_host) {
  const std::size_t start = url.find("://") + 3;
  for (const std::string_view local : {"localhost", "127.0.0.1", "[::1]"}) {
    if (external_host.empty() || url.compare(start, local.size(), local) != 0) continue;
    const std::size_t end = start + local.size();
    if (end == url.size() || url[end] == ':' || url[end] == '/') return url.substr(0, start) + external_host + url.substr(end);
  }
  return url;
}

}  // namespace isobar::scrape
