#include "http/client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"

namespace isobar::http {
namespace {

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    Router router;
    router.add({Method::kGet, Method::kPost, Method::kPut, Method::kHead}, "/echo", {},
               [this](const Request& request, Cancellation&) {
                 last_ = request;
                 return Response::text(200, request.body + std::string(request.headers.get("authorization")));
               });
    router.get("/big", [](const Request&, Cancellation&) { return Response::text(200, std::string(1'000'000, 'x')); });
    router.get("/away", [](const Request&, Cancellation&) {
      Response response = Response::text(302, "gone");
      response.headers.add("Location", "/echo?moved=1");
      return response;
    });
    router.get("/never", [](const Request&, Cancellation& cancellation) {
      while (!cancellation.cancelled()) std::this_thread::yield();
      return Response::text(200, "");
    });
    server_ = *Server::start({}, std::move(router));
  }
  std::string url(std::string_view path) { return fmt::format("http://127.0.0.1:{}{}", server_->bound_port(), path); }

  Request last_;
  std::unique_ptr<Server> server_;
  Client client_;
};

TEST_F(ClientTest, GetsAndPostsOverOneConnection) {
  auto response = client_.get({.url = url("/echo?a=1"), .headers = {{"X-A", "b"}, {"X-Empty", ""}}});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(last_.headers.get("x-a"), "b");
  EXPECT_TRUE(last_.headers.has("x-empty"));
  EXPECT_EQ(last_.query.get("a"), "1");
  const std::string first = last_.remote_address;
  EXPECT_EQ(client_.post({.url = url("/echo"), .body = "hello"})->body, "hello");
  EXPECT_EQ(last_.remote_address, first);
  EXPECT_EQ(client_.send({.method = Method::kPut, .url = url("/echo"), .body = "put"})->body, "put");
  EXPECT_EQ(last_.method, Method::kPut);
  EXPECT_EQ(client_.send({.method = Method::kHead, .url = url("/echo")})->body, "");
  EXPECT_EQ(client_.get({.url = url("/nope")})->status, 404);
}

TEST_F(ClientTest, Authenticates) {
  EXPECT_EQ(client_.get({.url = url("/echo"), .basic_user = "u", .basic_password = "p"})->body, "Basic dTpw");
  EXPECT_EQ(client_.get({.url = url("/echo"), .authorization = "Bearer t"})->body, "Bearer t");
}

TEST_F(ClientTest, FollowsRedirectsOnlyWhenAsked) {
  EXPECT_EQ(client_.get({.url = url("/away")})->status, 200);
  EXPECT_EQ(last_.query.get("moved"), "1");
  const auto response = client_.get({.url = url("/away"), .follow_redirects = false});
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->headers.get("location"), "/echo?moved=1");
}

TEST_F(ClientTest, BoundsTheDecompressedBody) {
  EXPECT_EQ(client_.get({.url = url("/big")})->body.size(), 1'000'000u);
  const auto response = client_.get({.url = url("/big?secret=x"), .max_body_bytes = 999'999});
  EXPECT_EQ(response.error().code, Code::kTooLarge);
  EXPECT_EQ(response.error().message, "response body is larger than 999999 bytes: " + url(""));
}

TEST_F(ClientTest, TimesOutAndIsCancelled) {
  EXPECT_EQ(client_.get({.url = url("/never"), .timeout = Duration::millis(20)}).error().code, Code::kTimeout);
  Cancellation cancellation;
  cancellation.cancel(Cancellation::Reason::kShutdown);
  EXPECT_EQ(client_.get({.url = url("/never"), .cancellation = &cancellation}).error().code, Code::kCancelled);
}

// A port that nobody listens on and nobody else can get: bound, no more. A port that was only closed may be another's by the
// time it is called, or the caller's own end.
class ClosedPort {
 public:
  ClosedPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { ::close(socket_); }
  std::uint16_t port() const { return port_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port_ = 0;
};

TEST_F(ClientTest, ErrorsNameTheOriginAndNoSecret) {
  const ClosedPort closed;
  const std::uint16_t port = closed.port();
  const auto refused = client_.get({.url = fmt::format("http://user:hunter2@127.0.0.1:{}/token-abc?key=def", port)});
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().message, fmt::format("Couldn't connect to server: http://127.0.0.1:{}", port));
  EXPECT_EQ(client_.get({.url = "file:///etc/passwd"}).error().code, Code::kInvalid);
  EXPECT_EQ(client_.get({.url = "nonsense"}).error().message, "not an http or https URL: (not a URL)");
  EXPECT_EQ(client_.get({.url = "https://127.0.0.1:1", .tls = {.ca_file = "/nope"}}).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace isobar::http
