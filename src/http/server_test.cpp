#include "http/server.h"

#include <chrono>
#include <future>
#include <thread>

#include <libdeflate.h>

#include "http/raw_client.h"

namespace isobar::http {
namespace {

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }
std::string status_of(const std::string& response) { return response.substr(0, response.find("\r\n")); }

Response echo(const Request& request, Cancellation&) {
  return Response::text(200, fmt::format("{} {} {}", method_name(request.method), request.query.get("a"), request.body));
}

// Counts how many a body-less stream gave, then ends.
Response stream_three(const Request&, Cancellation&) {
  Response response = Response::text(200, "");
  response.stream = [n = 0]() mutable -> Result<std::string> {
    return n == 3 ? std::string() : std::string(static_cast<std::size_t>(++n), 'x');
  };
  return response;
}

Router test_router() {
  Router router;
  router.add({Method::kGet, Method::kPost}, "/echo", {.max_body_bytes = 1000}, echo);
  router.add({Method::kPost}, "/large", {.max_body_bytes = 10 << 20}, [](const Request& request, Cancellation&) {
    return Response::text(200, std::to_string(request.body.size()));
  });
  router.get("/stream", stream_three);
  router.get("/big", [](const Request&, Cancellation&) { return Response::text(200, std::string(100'000, 'a')); });
  return router;
}

std::unique_ptr<Server> start(ServerOptions options, Router router = test_router()) {
  auto server = Server::start(std::move(options), std::move(router));
  EXPECT_TRUE(server) << server.error().message;
  return *std::move(server);
}

TEST(Server, AnswersOverOneConnection) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("GET /echo?a=%31+2 HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 200 OK");
  EXPECT_EQ(body_of(response), "GET 1 2 ");
  EXPECT_NE(response.find("\r\nDate: "), std::string::npos);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(body_of(client.receive_response()), "POST  hello");
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_response()), "POST  abcde");
  client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  response = client.receive_all();
  EXPECT_NE(response.find("Content-Length: 6\r\n"), std::string::npos);
  EXPECT_EQ(body_of(response), "");
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = start({});
  RawClient client(server->bound_port());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += fmt::format("GET /echo?a={} HTTP/1.1\r\nHost: x\r\n\r\n", i);
  client.send(requests);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(body_of(client.receive_response()), fmt::format("GET {} ", i));
}

TEST(Server, RequestsSplitAtEveryByteAreTheSame) {
  const auto server = start({});
  const std::string request = "POST /echo?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  RawClient client(server->bound_port());
  for (std::size_t i = 1; i < request.size(); ++i) {
    client.send(request.substr(0, i));
    client.send(request.substr(i));
    EXPECT_EQ(body_of(client.receive_response()), "POST 1 abc");
  }
}

TEST(Server, UnknownPathAndMethod) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("GET /nope HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 404 Not Found");
  client.send("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = client.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_NE(response.find("\r\nAllow: GET, HEAD, POST\r\n"), std::string::npos);
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200 OK");
}

TEST(Server, GarbageAndOversizeAreRefused) {
  const auto server = start({.max_head_bytes = 2000, .max_header_fields = 10});
  const std::pair<std::string, std::string> cases[] = {
      {"\x16\x03\x01 nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /echo HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /echo?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported"},
      {"GET /" + std::string(3000, 'a'), "HTTP/1.1 431 Request Header Fields Too Large"},
      {"GET / HTTP/1.1\r\nHost: x\r\n" + [] { std::string s; for (int i = 0; i < 10; ++i) s += "a: b\r\n"; return s; }() + "\r\n",
       "HTTP/1.1 431 Request Header Fields Too Large"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", "HTTP/1.1 413 Payload Too Large"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", "HTTP/1.1 413 Payload Too Large"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, identity\r\n\r\n", "HTTP/1.1 501 Not Implemented"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400 Bad Request"},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(server->bound_port());
    client.send(request);
    EXPECT_EQ(status_of(client.receive_all()), status) << request.substr(0, 80);
  }
}

TEST(Server, AnOversizeBodyIsRefusedBeforeItIsReadAndTheAnswerArrives) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n");
  client.send(std::string(4'000'000, 'b'));  // the server reads it away, so that its answer is not lost to a reset
  EXPECT_EQ(status_of(client.receive_all()), "HTTP/1.1 413 Payload Too Large");
}

TEST(Server, ExpectContinueIsAnsweredBeforeTheBody) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.receive_response(false), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(body_of(client.receive_response()), "POST  abc");
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3000\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 413 Payload Too Large");
}

TEST(Server, LargeBodiesArriveWhole) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" + std::string(5'000'000, 'z'));
  EXPECT_EQ(body_of(client.receive_response()), "5000000");
}

TEST(Server, BodiesInFlightAreBounded) {
  telemetry::MemoryBudget budget("bodies", 100'000, "--http.max-body-bytes-in-flight");
  const auto server = start({.body_budget = &budget});
  RawClient holder(server->bound_port());
  holder.send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\nExpect: 100-continue\r\n\r\n");
  holder.receive_response(false);  // 100: its bytes are reserved
  EXPECT_EQ(budget.used_bytes(), 90'000u);
  for (const char* length : {"Content-Length: 20000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4e20\r\n"}) {
    RawClient other(server->bound_port());
    other.send(std::string("POST /large HTTP/1.1\r\nHost: x\r\n") + length);
    other.send(std::string(20'000, 'b'));
    const std::string response = other.receive_all();
    EXPECT_EQ(status_of(response), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(response.find("\r\nRetry-After: 1\r\n"), std::string::npos);
  }
  holder.send(std::string(90'000, 'b'));
  EXPECT_EQ(body_of(holder.receive_response()), "90000");
  EXPECT_EQ(budget.used_bytes(), 0u);
}

TEST(Server, SlowHeadsAndBodiesAreCutOff) {
  const auto server = start({.head_deadline = Duration::millis(30), .body_grace = Duration::millis(30),
                             .min_body_bytes_per_second = 1'000'000, .tick = Duration::millis(5)});
  RawClient head(server->bound_port());
  head.send("GET /echo HTTP/1.1\r\nHo");
  EXPECT_EQ(status_of(head.receive_all()), "HTTP/1.1 408 Request Timeout");
  RawClient body(server->bound_port());
  body.send("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(status_of(body.receive_all()), "HTTP/1.1 408 Request Timeout");
  RawClient silent(server->bound_port());
  EXPECT_EQ(silent.receive_all(), "");
}

TEST(Server, StreamsInChunks) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_response()), "1\r\nx\r\n2\r\nxx\r\n3\r\nxxx\r\n0\r\n\r\n");
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  const std::string response = client.receive_all();
  EXPECT_EQ(body_of(response), "xxxxxx");
}

TEST(Server, CompressesLargeAnswersForThoseWhoAccept) {
  const auto server = start({});
  RawClient client(server->bound_port());
  client.send("GET /big HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  const std::string response = client.receive_response();
  EXPECT_NE(response.find("\r\nContent-Encoding: gzip\r\n"), std::string::npos);
  const std::string packed = body_of(response);
  EXPECT_LT(packed.size(), 2000u);
  std::string plain(200'000, '\0');
  std::size_t size = 0;
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  EXPECT_EQ(libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(), plain.data(), plain.size(), &size),
            LIBDEFLATE_SUCCESS);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(plain.substr(0, size), std::string(100'000, 'a'));
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_response()).size(), 100'000u);
}

TEST(Server, AClosedConnectionCancelsItsRequest) {
  std::promise<void> entered;
  std::promise<bool> cancelled;
  Router router;
  router.get("/wait", [&](const Request&, Cancellation& cancellation) {
    entered.set_value();
    while (!cancellation.cancelled()) std::this_thread::yield();
    cancelled.set_value(cancellation.check().error().code == Code::kCancelled);
    return Response::text(200, "");
  });
  const auto server = start({}, std::move(router));
  {
    RawClient client(server->bound_port());
    client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    entered.get_future().wait();
  }
  EXPECT_TRUE(cancelled.get_future().get());
}

TEST(Server, AFullQueueAnswers503) {
  std::promise<void> entered;
  std::promise<void> release;
  Router router;
  router.add({Method::kGet}, "/slow", {.pool = "slow"}, [&](const Request&, Cancellation&) {
    entered.set_value();
    release.get_future().wait();
    return Response::text(200, "done");
  });
  telemetry::Registry registry;
  const auto server = start({.pools = {{"fast", 1, 4}, {"slow", 1, 0}}, .registry = &registry}, std::move(router));
  RawClient first(server->bound_port());
  first.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  RawClient second(server->bound_port());
  second.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = second.receive_response();
  EXPECT_EQ(status_of(response), "HTTP/1.1 503 Service Unavailable");
  EXPECT_NE(response.find("\r\nRetry-After: 1\r\n"), std::string::npos);
  release.set_value();
  EXPECT_EQ(body_of(first.receive_response()), "done");
  EXPECT_EQ(registry.counter("isobar_http_requests_total", "", {{"route", "/slow"}, {"code", "503"}}).value(), 1u);
  EXPECT_EQ(registry.counter("isobar_http_requests_total", "", {{"route", "/slow"}, {"code", "200"}}).value(), 1u);
}

// Whose requests are, the header says; those that say nothing are one owner's.
TEST(Server, OwnersTakeTurns) {
  std::promise<void> entered;
  std::promise<void> release;
  std::string order;
  Router router;
  router.add({Method::kGet}, "/block", {.pool = "query"}, [&](const Request&, Cancellation&) {
    entered.set_value();
    release.get_future().wait();
    return Response::text(200, "");
  });
  router.add({Method::kGet}, "/note", {.pool = "query"}, [&](const Request& request, Cancellation&) {
    const std::string_view owner = request.headers.get("x-scope-orgid");
    order += owner.empty() ? "-" : owner;
    return Response::text(200, "");
  });
  telemetry::Registry registry;
  const auto server = start({.pools = {{"query", 1, 4, "x-scope-orgid"}}, .registry = &registry}, std::move(router));
  RawClient blocking(server->bound_port());
  blocking.send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  std::vector<std::unique_ptr<RawClient>> clients;
  const auto ask = [&](const std::string& header) {
    clients.push_back(std::make_unique<RawClient>(server->bound_port()));
    clients.back()->send("GET /note HTTP/1.1\r\nHost: x\r\n" + header + "\r\n");
  };
  const telemetry::Counter& refused = registry.counter("isobar_http_requests_total", "", {{"route", "/note"}, {"code", "503"}});
  // One refusal says that the others are in the queue. The deadline only ends a test that hangs.
  const auto until_refused = [&](std::uint64_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (refused.value() < count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(refused.value(), count);
  };
  for (int i = 0; i < 3; ++i) ask("");
  until_refused(1);  // two are half of the queue
  for (int i = 0; i < 2; ++i) ask("X-Scope-OrgID: a\r\n");
  until_refused(2);  // one is half of what they left
  release.set_value();
  int answered = 0;
  for (const auto& client : clients) answered += status_of(client->receive_response()) == "HTTP/1.1 200 OK" ? 1 : 0;
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(order, "-a-");
}

TEST(Server, TwoThousandIdleConnectionsDoNotMatter) {
  const auto server = start({.max_connections = 2001});
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 2000; ++i) idle.push_back(std::make_unique<RawClient>(server->bound_port()));
  RawClient client(server->bound_port());
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_response()), "HTTP/1.1 200 OK");
  RawClient over(server->bound_port());
  EXPECT_EQ(status_of(over.receive_all()), "HTTP/1.1 503 Service Unavailable");
  idle.back()->send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(idle.back()->receive_response()), "HTTP/1.1 200 OK");
}

TEST(Server, StopFinishesWhatIsInFlight) {
  std::promise<void> entered;
  std::promise<void> release;
  Router router;
  router.get("/slow", [&](const Request&, Cancellation&) {
    entered.set_value();
    release.get_future().wait();
    return Response::text(200, "done");
  });
  const auto server = start({.io_threads = 2}, std::move(router));
  RawClient idle(server->bound_port());
  RawClient busy(server->bound_port());
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  std::thread stopper([&] { server->stop(Duration::seconds(20)); });
  EXPECT_EQ(idle.receive_all(), "");
  release.set_value();
  const std::string response = busy.receive_all();
  EXPECT_EQ(body_of(response), "done");
  EXPECT_NE(response.find("\r\nConnection: close\r\n"), std::string::npos);
  stopper.join();
  EXPECT_EQ(server->connections(), 0u);
}

TEST(Server, StopCancelsWhatDoesNotFinish) {
  std::promise<void> entered;
  Router router;
  router.get("/wait", [&](const Request&, Cancellation& cancellation) {
    entered.set_value();
    while (!cancellation.cancelled()) std::this_thread::yield();
    return Response::text(503, cancellation.check().error().message);
  });
  const auto server = start({}, std::move(router));
  RawClient client(server->bound_port());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  server->stop(Duration::millis(1));
  EXPECT_EQ(body_of(client.receive_all()), "server is shutting down");
}

TEST(Server, BadAddressesAndPoolsAreErrors) {
  EXPECT_EQ(Server::start({.listen = "nonsense"}, {}).error().code, Code::kInvalid);
  EXPECT_EQ(Server::start({.listen = "127.0.0.1:99999"}, {}).error().code, Code::kInvalid);
  const auto server = start({});
  const auto second = Server::start({.listen = fmt::format("127.0.0.1:{}", server->bound_port())}, {});
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  Router router;
  router.add({Method::kGet}, "/x", {.pool = "nope"}, echo);
  EXPECT_EQ(Server::start({}, std::move(router)).error().message, "route names a worker pool that does not exist: nope");
}

}  // namespace
}  // namespace isobar::http
