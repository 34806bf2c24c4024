#include "scrape/fetcher.h"

namespace isobar::scrape {
namespace {

std::string_view media_type(ScrapeProtocol protocol) {
  switch (protocol) {
    case ScrapeProtocol::kProtobuf:
      return "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    case ScrapeProtocol::kOpenMetrics100: return "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    case ScrapeProtocol::kOpenMetrics001: return "application/openmetrics-text;version=0.0.1";
    case ScrapeProtocol::kText100: return "text/plain;version=1.0.0;escaping=allow-utf-8";
    case ScrapeProtocol::kText004: return "text/plain;version=0.0.4";
  }
  return "*/*";
}

class HttpFetcher : public Fetcher {
 public:
  HttpFetcher(http::Client& client, std::uint64_t default_body_limit)
      : client_(client), default_body_limit_(default_body_limit) {}

  Result<Page> fetch(const Target& target, const ScrapeConfig& config, const Cancellation& cancellation,
                     std::string reuse) override {
    http::ClientRequest request{.url = target.url, .timeout = target.timeout};
    const std::vector<ScrapeProtocol> protocols =
        config.protocols.empty() ? default_protocols(config.scrape_native_histograms) : config.protocols;
    request.headers.add("Accept", accept_header(protocols));
    request.headers.add("User-Agent", "isobar");
    request.headers.add("X-Prometheus-Scrape-Timeout-Seconds", fmt::format("{}", target.timeout.to_seconds()));
    request.accept_gzip = config.enable_compression;
    request.max_body_bytes = config.limits.body_bytes != 0 ? config.limits.body_bytes : default_body_limit_;
    request.cancellation = &cancellation;
    request.reuse = std::move(reuse);
    TRYV(http::apply(config.client, request));
    TRY(http::ClientResponse response, client_.get(std::move(request)));
    if (response.status != 200) {
      return fail(Code::kUnavailable, fmt::format("server returned HTTP status {} {}", response.status,
                                                  http::reason_phrase(response.status)));
    }
    return read(std::move(response), config);
  }

 private:
  static Result<Page> read(http::ClientResponse response, const ScrapeConfig& config) {
    const std::string_view content_type = response.headers.get("content-type");
    auto format = exposition::format_of(content_type);
    if (!format && config.fallback_protocol) format = format_of(*config.fallback_protocol);
    if (!format) {
      return fail(Code::kInvalid,
                  fmt::format("the target sent no known Content-Type (set fallback_scrape_protocol to read it): \"{}\"",
                              content_type));
    }
    return Page{std::move(response.body), *format};
  }

  http::Client& client_;
  const std::uint64_t default_body_limit_;
};

}  // namespace

std::vector<ScrapeProtocol> default_protocols(bool native_histograms) {
  using enum ScrapeProtocol;
  if (native_histograms) return {kProtobuf, kOpenMetrics100, kOpenMetrics001, kText100, kText004};
  return {kOpenMetrics100, kOpenMetrics001, kText100, kText004};
}

exposition::Format format_of(ScrapeProtocol protocol) {
  switch (protocol) {
    case ScrapeProtocol::kProtobuf: return exposition::Format::kProtobuf;
    case ScrapeProtocol::kOpenMetrics100:
    case ScrapeProtocol::kOpenMetrics001: return exposition::Format::kOpenMetrics;
    case ScrapeProtocol::kText100:
    case ScrapeProtocol::kText004: return exposition::Format::kText;
  }
  return exposition::Format::kText;
}

std::string accept_header(const std::vector<ScrapeProtocol>& protocols) {
  int weight = 6;  // one more than there are protocols
  std::string header;
  for (const ScrapeProtocol protocol : protocols) header += fmt::format("{};q=0.{},", media_type(protocol), weight--);
  return header + fmt::format("*/*;q=0.{}", weight);
}

std::unique_ptr<Fetcher> make_http_fetcher(http::Client& client, std::uint64_t default_body_limit) {
  return std::make_unique<HttpFetcher>(client, default_body_limit);
}

}  // namespace isobar::scrape
