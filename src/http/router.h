// Which handler answers which path.
//
// Patterns: "/api/v1/query" (exact), "/api/v1/label/{name}/values" ({name} is one segment, decoded), "/ui/{path...}"
// (the rest, slashes included). Exact wins over {name}, which wins over {path...}. Routes are added before the server
// starts; afterwards look-ups are thread-safe. A GET handler also answers HEAD.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "http/message.h"

namespace isobar::http {

// Synchronous; runs on the route's pool and may block. `cancellation` is raised when the client closes its connection
// and when the server shuts down.
using Handler = std::function<Response(const Request& request, Cancellation& cancellation)>;

struct RouteOptions {
  std::uint64_t max_body_bytes = 1 << 20;  // as sent, before decompression
  std::string pool;                        // of ServerOptions::pools; empty: the first one
  bool gzip = true;                        // compress large answers if the client accepts it
};

struct Route {
  std::string pattern;
  RouteOptions options;
  Handler handler;
};

class Router {
 public:
  // CHECKs that the pattern starts with '/' and that no handler was there before.
  void add(std::vector<Method> methods, std::string pattern, RouteOptions options, Handler handler);
  void get(std::string pattern, Handler handler) { add({Method::kGet}, std::move(pattern), {}, std::move(handler)); }

  struct Match {
    const Route* route = nullptr;  // null: `status` is 404, 405 or 400 (undecodable path)
    int status = 200;
    std::string allow;  // for 405: "GET, HEAD"
    Params path_params;
  };
  Match match(Method method, std::string_view path) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node {
    std::vector<std::string> segments;  // of the pattern
    std::map<Method, const Route*> methods;
  };
  static bool matches(const Node& node, const std::vector<std::string_view>& segments);
  const Node* find(std::string_view path, const std::vector<std::string_view>& segments) const;

  std::vector<std::unique_ptr<Route>> routes_;
  std::map<std::string, Node, std::less<>> exact_;
  std::vector<Node> with_params_;  // those that end in {name...} last
};

}  // namespace isobar::http
