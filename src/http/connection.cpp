#include "http/connection.h"

#include <chrono>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "http/gzip.h"
#include "telemetry/log.h"

namespace isobar::http {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kSmallRead = 2 * 1024;    // heads, and watching for a closed connection
constexpr std::size_t kBodyRead = 64 * 1024;
constexpr std::size_t kReadAhead = 16 * 1024;   // pipelined bytes held while a request is handled
constexpr std::size_t kGzipAbove = 1024;
constexpr Duration kLingerFor = Duration::seconds(2);

bool has_line_break(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

bool forbids_body(int status) { return status == 204 || status == 304 || (status >= 100 && status < 200); }

void compress(Response& response) {
  if (response.stream || response.body.size() <= kGzipAbove || response.headers.has("content-encoding")) return;
  response.headers.add("Vary", "Accept-Encoding");
  if (std::optional<std::string> packed = gzip(response.body)) {
    response.body = *std::move(packed);
    response.headers.add("Content-Encoding", "gzip");
  }
}

}  // namespace

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Connection::Connection(ServerCore& core, IoThread& io, asio::ip::tcp::socket socket, std::string remote_address)
    : core_(core), io_(io), socket_(std::move(socket)), remote_address_(std::move(remote_address)) {}

Connection::~Connection() = default;

void Connection::start() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  set_deadline(core_.options.head_deadline);
  if (core_.stopping.load()) return close();
  advance();
}

void Connection::set_deadline(Duration from_now) { deadline_ns_ = (Monotonic{steady_ns()} + from_now).ns; }

void Connection::check_deadlines(std::int64_t now_ns) {
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kLingering:
      if (now_ns > deadline_ns_) close();
      return;
    case Phase::kHead:
      if (now_ns > deadline_ns_) refuse(408, "request head did not arrive in time", "head_deadline");
      return;
    case Phase::kBody: {
      const double elapsed = static_cast<double>(now_ns - body_started_ns_) / 1e9;
      const double wanted = elapsed * static_cast<double>(core_.options.min_body_bytes_per_second);
      if (elapsed > core_.options.body_grace.to_seconds() && static_cast<double>(body_received_) < wanted) {
        refuse(408, "request body arrives too slowly", "body_rate");
      }
      return;
    }
    case Phase::kWriting:
      // While a stream waits for its next piece the client owes us nothing.
      if (write_pending_ && now_ns > deadline_ns_) close();
      return;
    case Phase::kHandling:
    case Phase::kClosed: return;
  }
}

void Connection::begin_shutdown() {
  keep_alive_ = false;
  if (phase_ == Phase::kIdle) close();
}

void Connection::cancel_request(Cancellation::Reason reason) {
  if (exchange_) exchange_->cancellation.cancel(reason);
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  cancel_request(Cancellation::Reason::kClientGone);
  boost::system::error_code ignored;
  socket_.close(ignored);
  io_.connections.erase(this);  // the caller or a pending operation still holds a reference
  core_.connection_ended();
}

// Runs the parts of the state machine that need no more bytes.
void Connection::advance() {
  for (;;) {
    if (phase_ == Phase::kIdle) {
      // An empty line or two before a request is tolerated (RFC 9112, 2.2).
      while (!input_.empty() && (input_.view().front() == '\r' || input_.view().front() == '\n')) input_.consume(1);
      if (input_.empty()) return peer_closed_ ? close() : read(kSmallRead);
      parser_ = std::make_unique<RequestParser>(
          HeadLimits{core_.options.max_head_bytes, core_.options.max_header_fields});
      phase_ = Phase::kHead;
      set_deadline(core_.options.head_deadline);
    } else if (phase_ == Phase::kHead) {
      if (!take_head()) return;
    } else if (phase_ == Phase::kBody) {
      if (!take_body()) return;
    } else {
      return;
    }
  }
}

bool Connection::take_head() {
  const auto used = parser_->put(input_.view());
  if (!used) {
    refuse(used.error().status, used.error().text, "bad_request");
    return false;
  }
  input_.consume(*used);
  if (!parser_->head_done()) {
    if (peer_closed_) {
      close();
    } else {
      read(kSmallRead);
    }
    return false;
  }
  return admit();
}

// Decides by the head alone; nothing of the body has been read yet.
bool Connection::admit() {
  Request& request = parser_->request();
  is_head_ = request.method == Method::kHead;
  keep_alive_ = parser_->keep_alive() && !core_.stopping.load();
  Router::Match match = core_.router.match(request.method, request.path);
  if (match.route == nullptr) {
    if (match.status == 405) {
      Response response = Response::text(405, "method not allowed here, allowed are: " + match.allow + "\n");
      response.headers.add("Allow", match.allow);
      linger_after_ = !parser_->done();
      keep_alive_ = keep_alive_ && parser_->done();
      core_.observe(nullptr, 405, 0);
      begin_response(std::move(response));
    } else if (parser_->done()) {
      core_.observe(nullptr, match.status, 0);
      begin_response(Response::text(match.status, match.status == 404 ? "404 page not found\n" : "malformed path\n"));
    } else {
      refuse(match.status, "404 page not found", "no_route");
    }
    return false;
  }
  exchange_ = std::make_shared<Exchange>();
  exchange_->route = match.route;
  exchange_->pool = core_.pool_of.at(match.route);
  request.path_params = std::move(match.path_params);
  return admit_body();
}

bool Connection::admit_body() {
  const std::uint64_t limit = exchange_->route->options.max_body_bytes;
  const std::optional<std::uint64_t> length = parser_->content_length();
  parser_->set_body_limit(limit);
  if (length.value_or(0) > limit) {
    refuse(413, fmt::format("request body is too large, the limit in bytes is {}", limit), "body_limit");
    return false;
  }
  if (parser_->done()) {
    dispatch();
    return false;
  }
  if (core_.options.body_budget != nullptr) exchange_->body_bytes = telemetry::Reservation(*core_.options.body_budget);
  if (!exchange_->body_bytes.try_grow(length.value_or(0))) {
    refuse(503, "too many request bodies are in flight, try again", "body_budget", "1");
    return false;
  }
  phase_ = Phase::kBody;
  body_started_ns_ = steady_ns();
  body_received_ = 0;
  if (parser_->expects_continue() && input_.empty()) {
    send_continue();
    return false;
  }
  return true;
}

void Connection::send_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  // Twenty-five bytes into an empty socket buffer: one write takes them, or the connection is broken.
  socket_.async_write_some(asio::buffer(kContinue),
                           [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
                             if (self->phase_ != Phase::kBody) return;
                             if (error || bytes != kContinue.size()) return self->close();
                             self->advance();
                           });
}

bool Connection::take_body() {
  while (!input_.empty() && !parser_->done()) {
    const auto used = parser_->put(input_.view());
    if (!used) {
      refuse(used.error().status, used.error().text, "bad_request");
      return false;
    }
    input_.consume(*used);
    body_received_ += *used;
    if (!account_body()) return false;
    if (*used == 0) break;
  }
  if (parser_->done()) {
    dispatch();
  } else if (peer_closed_) {
    close();
  } else {
    read(kBodyRead);
  }
  return false;
}

// Chunked bodies announce no length: they are reserved as their buffer grows.
bool Connection::account_body() {
  const std::uint64_t held = parser_->body().capacity();
  const std::uint64_t reserved = exchange_->body_bytes.bytes();
  if (parser_->content_length().has_value() || held <= reserved) return true;
  if (exchange_->body_bytes.try_grow(held - reserved)) return true;
  refuse(503, "too many request bodies are in flight, try again", "body_budget", "1");
  return false;
}

// Who says nothing is an owner too, or such requests could fill the queue and leave no room for others.
std::string_view Connection::owner_of(const Exchange& exchange) {
  const std::string& header = exchange.pool->owner_header();
  if (header.empty()) return {};
  const std::string_view owner = exchange.request.headers.get(header);
  return owner.empty() ? "-" : owner;
}

void Connection::dispatch() {
  phase_ = Phase::kHandling;
  Exchange& exchange = *exchange_;
  exchange.request = std::move(parser_->request());
  exchange.request.body = std::move(parser_->body());
  exchange.request.remote_address = remote_address_;
  exchange.accepts_gzip = exchange.route->options.gzip && accepts_gzip(exchange.request.headers);
  if (!read_pending_) input_.release_if_empty();
  const bool queued = exchange.pool->try_submit([self = shared_from_this(), shared = exchange_, &core = core_] {
    run_handler(*shared, core);
    asio::post(self->io_.context, [self] { self->respond(); });
  }, owner_of(exchange));
  if (!queued) {
    core_.count_refusal("queue_full");
    Response response = Response::text(503, "the server is busy, try again: queue " + exchange.pool->name() + "\n");
    response.headers.add("Retry-After", "1");
    core_.observe(exchange.route, 503, 0);
    exchange_.reset();
    return begin_response(std::move(response));
  }
  read_ahead();
}

void Connection::run_handler(Exchange& exchange, ServerCore& core) {
  const std::int64_t started = steady_ns();
  if (exchange.cancellation.cancelled()) {
    exchange.response.status = 499;
  } else {
    exchange.response = exchange.route->handler(exchange.request, exchange.cancellation);
    if (exchange.accepts_gzip) compress(exchange.response);
  }
  exchange.request = {};
  exchange.body_bytes.clear();
  core.observe(exchange.route, exchange.response.status, static_cast<double>(steady_ns() - started) / 1e9);
}

void Connection::respond() {
  if (phase_ != Phase::kHandling) return;
  exchange_->stream = std::move(exchange_->response.stream);
  exchange_->response.stream = nullptr;
  streaming_ = exchange_->stream != nullptr;
  begin_response(std::move(exchange_->response));
}

// Answers with an error and ends the connection: what follows of the request is not worth reading.
void Connection::refuse(int status, std::string text, std::string_view reason, std::string_view retry_after) {
  core_.count_refusal(reason);
  core_.observe(exchange_ ? exchange_->route : nullptr, status, 0);
  exchange_.reset();
  keep_alive_ = false;
  linger_after_ = true;
  Response response = Response::text(status, std::move(text) + "\n");
  if (!retry_after.empty()) response.headers.add("Retry-After", std::string(retry_after));
  begin_response(std::move(response));
}

void Connection::begin_response(Response response) {
  phase_ = Phase::kWriting;
  keep_alive_ = keep_alive_ && !core_.stopping.load();
  const bool http_1_0 = parser_ != nullptr && parser_->head_done() && parser_->is_http_1_0();
  chunked_response_ = streaming_ && !http_1_0;
  if (streaming_ && http_1_0) keep_alive_ = false;
  std::string& head = out_.head;
  head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason_phrase(response.status), io_.date);
  if (!response.content_type.empty() && !has_line_break(response.content_type)) {
    head += "Content-Type: " + response.content_type + "\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    if (!has_line_break(name) && !has_line_break(value)) head += name + ": " + value + "\r\n";
  }
  if (chunked_response_) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!streaming_ && !forbids_body(response.status)) {
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  if (!keep_alive_) head += "Connection: close\r\n";
  if (keep_alive_ && http_1_0) head += "Connection: keep-alive\r\n";
  head += "\r\n";
  if (is_head_ || forbids_body(response.status)) {
    streaming_ = false;
    response.body.clear();
  }
  if (streaming_) response.body.clear();
  out_.body = std::move(response.body);
  out_.sent = 0;
  write();
}

void Connection::write() {
  write_pending_ = true;
  set_deadline(core_.options.write_deadline);
  const std::size_t head_left = out_.head.size() - std::min(out_.sent, out_.head.size());
  const std::size_t body_sent = out_.sent - (out_.head.size() - head_left);
  const std::array<asio::const_buffer, 2> parts{
      asio::buffer(out_.head.data() + (out_.head.size() - head_left), head_left),
      asio::buffer(out_.body.data() + body_sent, out_.body.size() - body_sent)};
  socket_.async_write_some(parts, [self = shared_from_this()](const boost::system::error_code& error,
                                                              std::size_t bytes) { self->on_written(error, bytes); });
}

void Connection::on_written(const boost::system::error_code& error, std::size_t bytes) {
  write_pending_ = false;
  if (phase_ != Phase::kWriting) return;
  if (error) return close();
  out_.sent += bytes;
  if (out_.sent < out_.head.size() + out_.body.size()) return write();
  out_ = {};
  if (streaming_) return pull_piece();
  response_done();
}

void Connection::pull_piece() {
  read_ahead();
  const bool queued = exchange_->pool->submit_continuation([self = shared_from_this(), shared = exchange_] {
    shared->piece = shared->cancellation.cancelled() ? fail(Code::kCancelled, "the client closed its connection")
                                                     : shared->stream();
    asio::post(self->io_.context, [self] { self->send_piece(); });
  });
  if (!queued) close();
}

void Connection::send_piece() {
  if (phase_ != Phase::kWriting) return;
  Result<std::string>& piece = exchange_->piece;
  if (!piece) {
    telemetry::log_warn("streamed response was cut off", {{"reason", piece.error().message}});
    return close();
  }
  const bool last = piece->empty();
  if (last) streaming_ = false;
  if (chunked_response_) {
    out_.head = last ? "0\r\n\r\n" : fmt::format("{:x}\r\n", piece->size());
    if (!last) piece->append("\r\n");
  }
  out_.body = std::move(*piece);
  out_.sent = 0;
  if (out_.head.empty() && out_.body.empty()) return response_done();
  write();
}

void Connection::response_done() {
  exchange_.reset();
  if (keep_alive_ && !peer_closed_ && !core_.stopping.load()) return go_idle();
  if (keep_alive_ && peer_closed_ && !input_.empty()) return go_idle();  // pipelined requests before the half-close
  // Unread bytes make the kernel reset the connection, which may take the answer with it.
  if ((linger_after_ || !input_.empty()) && !peer_closed_) return linger();
  close();
}

void Connection::go_idle() {
  parser_.reset();
  phase_ = Phase::kIdle;
  set_deadline(core_.options.idle_deadline);
  if (!read_pending_) input_.release_if_empty();
  advance();
}

void Connection::linger() {
  phase_ = Phase::kLingering;
  set_deadline(kLingerFor);
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  input_.consume(input_.size());
  read(kBodyRead);
}

void Connection::read(std::size_t bytes) {
  if (read_pending_) return;
  read_pending_ = true;
  const std::span<char> room = input_.prepare(bytes);
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t n) {
                            self->on_read(error, n);
                          });
}

// Keeps one read pending while a request is handled: it tells when the client goes away.
void Connection::read_ahead() {
  if (!peer_closed_ && input_.size() < kReadAhead) read(kSmallRead);
}

void Connection::on_read(const boost::system::error_code& error, std::size_t bytes) {
  read_pending_ = false;
  if (phase_ == Phase::kClosed) return;
  if (error) {
    peer_closed_ = true;
    if (phase_ == Phase::kHandling || phase_ == Phase::kWriting) {
      return cancel_request(Cancellation::Reason::kClientGone);
    }
    return close();
  }
  input_.commit(bytes);
  if (phase_ == Phase::kLingering) {
    input_.consume(input_.size());
    return read(kBodyRead);
  }
  if (phase_ == Phase::kHandling || (phase_ == Phase::kWriting && !linger_after_)) return read_ahead();
  advance();
}

}  // namespace isobar::http
