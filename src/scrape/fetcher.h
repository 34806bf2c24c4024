// Internal: asks a target for its page. The seam at which tests answer instead.
#pragma once

#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "exposition/exposition.h"
#include "http/client.h"
#include "scrape/scrape_config.h"
#include "scrape/target.h"

namespace isobar::scrape {

struct Page {
  std::string body;
  exposition::Format format = exposition::Format::kText;
};

// The Accept header that Prometheus sends for these protocols.
std::string accept_header(const std::vector<ScrapeProtocol>& protocols);
exposition::Format format_of(ScrapeProtocol protocol);

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // `reuse` is a body of before whose memory may hold the new one. Thread-safe.
  virtual Result<Page> fetch(const Target& target, const ScrapeConfig& config, const Cancellation& cancellation,
                             std::string reuse) = 0;
};

// `default_body_limit` holds where the configuration has none. `client` must outlive it.
std::unique_ptr<Fetcher> make_http_fetcher(http::Client& client, std::uint64_t default_body_limit);

}  // namespace isobar::scrape
