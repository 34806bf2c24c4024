// Targets from an HTTP endpoint (<http_sd_config>).
#include "discovery/target_group_text.h"

namespace isobar::discovery {
namespace {

class HttpDiscoverer : public Discoverer {
 public:
  HttpDiscoverer(HttpConfig config, http::Client& client) : config_(std::move(config)), client_(client) {}

  std::string_view kind() const override { return "http"; }
  Duration interval() const override { return config_.refresh_interval; }

  Refresh refresh() override {
    auto groups = fetch();
    if (!groups) return {.error = std::move(groups).error()};
    return {.groups = *std::move(groups)};
  }

 private:
  Result<std::vector<TargetGroup>> fetch() {
    http::ClientRequest request{.url = config_.url, .timeout = config_.refresh_interval};
    request.headers.add("Accept", "application/json");
    request.headers.add("User-Agent", "isobar");
    request.headers.add("X-Prometheus-Refresh-Interval-Seconds", fmt::format("{}", config_.refresh_interval.to_seconds()));
    TRYV(http::apply(config_.client, request));
    TRY(const http::ClientResponse response, client_.get(std::move(request)));
    const std::string origin = http::url_origin(config_.url);
    if (response.status != 200) {
      return fail(Code::kUnavailable, fmt::format("{}: server returned HTTP status {}", origin, response.status));
    }
    if (!response.headers.has_token("content-type", "application/json")) {
      return fail(Code::kInvalid, fmt::format("{}: expected the content type application/json, found: {}", origin,
                                              response.headers.get("content-type")));
    }
    TRY(std::vector<TargetGroup> groups, parse_target_groups_json(response.body, origin));
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].source = fmt::format("{}:{}", config_.url, i);
      groups[i].labels = model::LabelsBuilder(groups[i].labels).set("__meta_url", config_.url).build();
    }
    return groups;
  }

  const HttpConfig config_;
  http::Client& client_;
};

}  // namespace

std::unique_ptr<Discoverer> make_http_discoverer(HttpConfig config, http::Client& client) {
  return std::make_unique<HttpDiscoverer>(std::move(config), client);
}

}  // namespace isobar::discovery
