// The HTTP/1.1 server: keep-alive, pipelining, HEAD, Expect: 100-continue, chunked bodies both ways, gzip answers.
//
//   http::Router router;
//   router.add({Method::kGet, Method::kPost}, "/api/v1/query", {.pool = "query"}, handler);
//   TRY(auto server, http::Server::start({.listen = ":9009", .pools = {{"http"}, {"query", 4, 32}}}, std::move(router)));
//
// Every wait has a deadline and every buffer a bound; what is over a bound is answered 4xx or 503 or cut off.
// Handlers run on named worker pools. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/router.h"
#include "http/worker_pool.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::http {

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // address:port; ":9009" is every address, port 0 picks a free one
  std::size_t io_threads = 1;
  std::vector<PoolOptions> pools{{"http", 4, 64}};

  std::size_t max_connections = 1024;  // further ones get 503 and are closed
  std::size_t max_head_bytes = 64 * 1024;
  std::size_t max_header_fields = 100;
  Duration head_deadline = Duration::seconds(10);   // from the first byte of a head, or from connecting
  Duration idle_deadline = Duration::minutes(2);    // between requests
  Duration body_grace = Duration::seconds(10);      // after that the minimum rate holds
  std::uint64_t min_body_bytes_per_second = 1024;
  Duration write_deadline = Duration::seconds(30);  // without any progress
  Duration tick = Duration::millis(200);            // how often deadlines are looked at

  telemetry::MemoryBudget* body_budget = nullptr;  // request bodies in flight; null: unbounded
  telemetry::Registry* registry = nullptr;         // isobar_http_*; null: none
};

class Server {
 public:
  // kInvalid: bad listen address or a route that names no pool. kUnavailable: the address cannot be bound.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  ~Server();  // stop(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t bound_port() const;
  std::size_t connections() const;
  // Stops accepting, lets requests in flight finish for `drain`, then cancels them (kShutdown) and closes. Returns
  // when all threads have ended; a handler that ignores its cancellation is waited for. Idempotent.
  void stop(Duration drain);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::http
