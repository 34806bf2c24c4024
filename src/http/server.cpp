#include "http/server.h"

#include <charconv>
#include <chrono>
#include <ctime>
#include <thread>

#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "http/connection.h"
#include "telemetry/log.h"

namespace isobar::http {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

Result<tcp::endpoint> parse_listen(std::string_view listen) {
  const std::size_t colon = listen.rfind(':');
  const auto bad = [&] {
    return fail(Code::kInvalid, fmt::format("listen address must look like 0.0.0.0:9009, [::1]:9009 or :9009: {}", listen));
  };
  if (colon == std::string_view::npos) return bad();
  std::string_view host = listen.substr(0, colon);
  const std::string_view port_text = listen.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size()) return bad();
  if (host.empty()) return tcp::endpoint(tcp::v6(), port);
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(std::string(host), ec);
  if (ec) return bad();
  return tcp::endpoint(address, port);
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

std::string to_text(const tcp::endpoint& endpoint) {
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const std::string host = address.to_string();
  return address.is_v6() ? fmt::format("[{}]:{}", host, endpoint.port()) : fmt::format("{}:{}", host, endpoint.port());
}

}  // namespace

void ServerCore::observe(const Route* route, int status, double seconds) {
  if (options.registry == nullptr) return;
  const std::lock_guard lock(metrics_mutex);
  RouteMetrics& handles = metrics[route];
  telemetry::Counter*& counter = handles.by_status[status];
  const std::string pattern = counter == nullptr && route != nullptr ? route->pattern : "(none)";
  if (counter == nullptr) {
    counter = &options.registry->counter("isobar_http_requests_total", "Requests answered, by route and status code.",
                                         {{"route", pattern}, {"code", std::to_string(status)}});
  }
  counter->add();
  if (route == nullptr) return;
  if (handles.duration == nullptr) {
    handles.duration = &options.registry->histogram("isobar_http_request_duration_seconds",
                                                    "Time spent in the handler, by route.", {{"route", pattern}});
  }
  handles.duration->observe(seconds);
}

void ServerCore::connection_began() {
  connections.fetch_add(1);
  if (open_connections != nullptr) open_connections->add(1);
}

void ServerCore::connection_ended() {
  if (open_connections != nullptr) open_connections->add(-1);
  const std::lock_guard lock(ended_mutex);
  connections.fetch_sub(1);
  ended.notify_all();
}

void ServerCore::count_refusal(std::string_view reason) {
  if (options.registry == nullptr) return;
  options.registry
      ->counter("isobar_http_refused_total", "Requests and connections refused before a handler ran, by reason.",
                {{"reason", std::string(reason)}})
      .add();
}

struct Server::Impl {
  ServerCore core;
  std::vector<std::unique_ptr<IoThread>> io;
  std::vector<std::thread> threads;
  std::optional<tcp::acceptor> acceptor;
  bool accept_paused = false;
  std::size_t next_io = 0;
  std::uint16_t port = 0;
  std::mutex stop_mutex;
  bool stopped = false;

  Result<void> bind();
  Result<void> assign_pools();
  void accept();
  void on_accept(const boost::system::error_code& error, tcp::socket socket, IoThread& target);
  void tick(IoThread& thread);
  void on_each_connection(const std::function<void(Connection&)>& action);
  bool wait_until_ended(Duration at_most);
};

Result<void> Server::Impl::assign_pools() {
  if (core.options.pools.empty()) return fail(Code::kInvalid, "the server needs at least one worker pool");
  for (const auto& route : core.router.routes()) {
    const std::string& wanted = route->options.pool;
    WorkerPool* found = wanted.empty() ? core.pools.front().get() : nullptr;
    for (const auto& pool : core.pools) {
      if (pool->name() == wanted) found = pool.get();
    }
    if (found == nullptr) {
      return fail(Code::kInvalid, fmt::format("route names a worker pool that does not exist: {}", wanted));
    }
    core.pool_of[route.get()] = found;
  }
  return {};
}

Result<void> Server::Impl::bind() {
  TRY(tcp::endpoint endpoint, parse_listen(core.options.listen));
  boost::system::error_code error;
  acceptor.emplace(io.front()->context);
  acceptor->open(endpoint.protocol(), error);
  if (error && core.options.listen.starts_with(':')) {  // no IPv6 here
    endpoint = tcp::endpoint(tcp::v4(), endpoint.port());
    acceptor->open(endpoint.protocol(), error);
  }
  boost::system::error_code ignored;
  if (endpoint.protocol() == tcp::v6() && core.options.listen.starts_with(':')) {
    acceptor->set_option(asio::ip::v6_only(false), ignored);
  }
  acceptor->set_option(asio::socket_base::reuse_address(true), ignored);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(1024, error);
  if (error) {
    return fail(Code::kUnavailable, fmt::format("cannot listen on {}: {}", core.options.listen, error.message()));
  }
  port = acceptor->local_endpoint(ignored).port();
  return {};
}

void Server::Impl::accept() {
  IoThread& target = *io[next_io++ % io.size()];
  acceptor->async_accept(target.context, [this, &target](const boost::system::error_code& error, tcp::socket socket) {
    on_accept(error, std::move(socket), target);
  });
}

void Server::Impl::on_accept(const boost::system::error_code& error, tcp::socket socket, IoThread& target) {
  if (core.stopping.load()) return;
  if (error) {
    // Most likely out of file descriptors: the next tick tries again, instead of spinning now.
    core.count_refusal("accept_failed");
    accept_paused = true;
    return;
  }
  boost::system::error_code ignored;
  if (core.connections.load() >= core.options.max_connections) {
    static constexpr std::string_view kBusy =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    ::send(socket.native_handle(), kBusy.data(), kBusy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    socket.close(ignored);
    core.count_refusal("max_connections");
  } else {
    core.connection_began();
    const tcp::endpoint remote = socket.remote_endpoint(ignored);
    auto connection = std::make_shared<Connection>(core, target, std::move(socket), to_text(remote));
    asio::post(target.context, [&target, connection] {
      target.connections.emplace(connection.get(), connection);
      connection->start();
    });
  }
  accept();
}

void Server::Impl::tick(IoThread& thread) {
  thread.date = date_now();
  const std::int64_t now = steady_ns();
  std::vector<std::shared_ptr<Connection>> connections;
  connections.reserve(thread.connections.size());
  for (const auto& [key, connection] : thread.connections) connections.push_back(connection);
  for (const auto& connection : connections) connection->check_deadlines(now);
  if (&thread == io.front().get() && accept_paused && !core.stopping.load()) {
    accept_paused = false;
    accept();
  }
  thread.tick.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(1, core.options.tick.ms)));
  thread.tick.async_wait([this, &thread](const boost::system::error_code& error) {
    if (!error) tick(thread);
  });
}

void Server::Impl::on_each_connection(const std::function<void(Connection&)>& action) {
  for (const auto& thread : io) {
    asio::post(thread->context, [&thread = *thread, action] {
      std::vector<std::shared_ptr<Connection>> connections;
      for (const auto& [key, connection] : thread.connections) connections.push_back(connection);
      for (const auto& connection : connections) action(*connection);
    });
  }
}

bool Server::Impl::wait_until_ended(Duration at_most) {
  std::unique_lock lock(core.ended_mutex);
  return core.ended.wait_for(lock, std::chrono::milliseconds(at_most.ms), [this] { return core.connections.load() == 0; });
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(Duration{0}); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  auto impl = std::make_unique<Impl>();
  Impl& server = *impl;
  server.core.options = std::move(options);
  server.core.router = std::move(router);
  for (std::size_t i = 0; i < std::max<std::size_t>(1, server.core.options.io_threads); ++i) {
    server.io.push_back(std::make_unique<IoThread>());
  }
  TRYV(server.bind());
  for (const PoolOptions& pool : server.core.options.pools) {
    server.core.pools.push_back(std::make_unique<WorkerPool>(pool));
  }
  TRYV(server.assign_pools());
  if (telemetry::Registry* registry = server.core.options.registry) {
    registry->gauge("isobar_http_connections_limit", "Connections that the server accepts at once.")
        .set(static_cast<double>(server.core.options.max_connections));
    server.core.open_connections = &registry->gauge("isobar_http_connections", "Connections that are open.");
  }
  server.accept();
  for (const auto& thread : server.io) {
    server.tick(*thread);
    server.threads.emplace_back([&thread = *thread] { thread.context.run(); });
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::bound_port() const { return impl_->port; }
std::size_t Server::connections() const { return impl_->core.connections.load(); }

void Server::stop(Duration drain) {
  Impl& server = *impl_;
  const std::lock_guard lock(server.stop_mutex);
  if (server.stopped) return;
  server.stopped = true;
  server.core.stopping.store(true);
  asio::post(server.io.front()->context, [&server] {
    boost::system::error_code ignored;
    server.acceptor->close(ignored);
  });
  server.on_each_connection([](Connection& connection) { connection.begin_shutdown(); });
  if (!server.wait_until_ended(drain)) {
    server.on_each_connection([](Connection& connection) { connection.cancel_request(Cancellation::Reason::kShutdown); });
    server.wait_until_ended(Duration::seconds(1));
    server.on_each_connection([](Connection& connection) { connection.close(); });
  }
  for (const auto& pool : server.core.pools) pool->stop();
  for (const auto& thread : server.io) thread->context.stop();
  for (std::thread& thread : server.threads) thread.join();
}

}  // namespace isobar::http
