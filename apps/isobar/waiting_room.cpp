#include "waiting_room.h"

#include <fmt/format.h>

namespace isobar::app {

Result<std::unique_ptr<WaitingRoom>> WaitingRoom::open(const std::string& listen) {
  std::unique_ptr<WaitingRoom> room(new WaitingRoom);
  http::Router router;
  const std::vector<http::Method> all{http::Method::kGet, http::Method::kPost, http::Method::kPut, http::Method::kDelete};
  const auto answer = [room = room.get()](const http::Request& request, Cancellation&) { return room->answer(request); };
  router.add(all, "/", {}, answer);
  router.add(all, "/{path...}", {.max_body_bytes = 64 << 20}, answer);
  http::ServerOptions options;
  options.listen = listen;
  TRY(room->server_, http::Server::start(std::move(options), std::move(router)));
  return room;
}

void WaitingRoom::set_reason(std::string reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
}

http::Response WaitingRoom::answer(const http::Request& request) {
  if (request.path == "/-/healthy") return http::Response::text(200, "healthy\n");
  const std::lock_guard lock(mutex_);
  http::Response response = http::Response::text(503, fmt::format("starting: cannot serve yet\ndegraded: bucket: {}\n", reason_));
  response.headers.add("Retry-After", "5");
  return response;
}

void WaitingRoom::close() { server_->stop(Duration::seconds(1)); }

}  // namespace isobar::app
