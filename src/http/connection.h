// Internal: one client connection, a state machine on the io thread that owns it.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/input_buffer.h"
#include "http/request_parser.h"
#include "http/server.h"

namespace isobar::http {

class Connection;

// What all connections share. Metrics handles may be null.
struct ServerCore {
  ServerOptions options;
  Router router;
  std::vector<std::unique_ptr<WorkerPool>> pools;
  std::unordered_map<const Route*, WorkerPool*> pool_of;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> connections{0};
  std::mutex ended_mutex;
  std::condition_variable ended;  // a connection ended

  // Counts a finished request (null route: none matched); thread-safe.
  void observe(const Route* route, int status, double seconds);
  void count_refusal(std::string_view reason);
  void connection_began();
  void connection_ended();

  // Handles into the registry, so that a request builds no label strings.
  struct RouteMetrics {
    telemetry::DurationHistogram* duration = nullptr;
    std::map<int, telemetry::Counter*> by_status;
  };
  std::mutex metrics_mutex;
  std::unordered_map<const Route*, RouteMetrics> metrics;
  telemetry::Gauge* open_connections = nullptr;
};

// One event loop and the connections it owns. All but `context` is touched only on its thread.
struct IoThread {
  boost::asio::io_context context{1};
  boost::asio::steady_timer tick{context};
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  std::string date;  // of the Date header, renewed by the tick
};

// Nanoseconds of the steady clock.
std::int64_t steady_ns();

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerCore& core, IoThread& io, boost::asio::ip::tcp::socket socket, std::string remote_address);
  ~Connection();

  // All on the io thread.
  void start();
  void check_deadlines(std::int64_t now_ns);
  void begin_shutdown();  // closes if idle, else after the current response
  void cancel_request(Cancellation::Reason reason);
  void close();

 private:
  enum class Phase { kIdle, kHead, kBody, kHandling, kWriting, kLingering, kClosed };

  // One request on its way through a pool; shared with the worker that runs it.
  struct Exchange {
    const Route* route = nullptr;
    WorkerPool* pool = nullptr;
    Request request;
    telemetry::Reservation body_bytes;
    Cancellation cancellation;
    bool accepts_gzip = false;
    Response response;
    BodyStream stream;
    Result<std::string> piece;
  };
  struct Outgoing {
    std::string head;
    std::string body;
    std::size_t sent = 0;
  };

  void advance();
  bool take_head();
  bool take_body();
  bool admit();
  bool admit_body();
  bool account_body();
  void send_continue();
  void dispatch();
  static std::string_view owner_of(const Exchange& exchange);
  static void run_handler(Exchange& exchange, ServerCore& core);
  void respond();
  void refuse(int status, std::string text, std::string_view reason, std::string_view retry_after = {});
  void begin_response(Response response);
  void pull_piece();
  void send_piece();
  void write();
  void on_written(const boost::system::error_code& error, std::size_t bytes);
  void response_done();
  void go_idle();
  void linger();
  void read(std::size_t bytes);
  void read_ahead();
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void set_deadline(Duration from_now);

  ServerCore& core_;
  IoThread& io_;
  boost::asio::ip::tcp::socket socket_;
  const std::string remote_address_;

  Phase phase_ = Phase::kIdle;
  std::int64_t deadline_ns_ = 0;
  std::int64_t body_started_ns_ = 0;
  std::uint64_t body_received_ = 0;
  InputBuffer input_;
  bool read_pending_ = false;
  bool write_pending_ = false;
  bool peer_closed_ = false;

  std::unique_ptr<RequestParser> parser_;
  std::shared_ptr<Exchange> exchange_;
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool chunked_response_ = false;
  bool streaming_ = false;
  bool linger_after_ = false;
  Outgoing out_;
};

}  // namespace isobar::http
