// A blocking HTTP client with connection reuse, for scrapes, discovery and webhooks.
//
// A Client keeps up to `max_idle` connections' handles, by scheme, host and port; it may be shared by threads, each
// call uses one connection. Every bound is enforced while reading. Error texts name scheme, host and port only: paths,
// parameters, credentials and header values never appear in them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace isobar::http {

struct TlsOptions {
  std::string ca_file;  // empty: the system's
  std::string ca_text;  // PEM; instead of ca_file
  std::string cert_file;
  std::string cert_text;
  std::string key_file;
  std::string key_text;
  std::string server_name;  // checked and sent instead of the URL's host
  std::string min_version;  // TLS10, TLS11, TLS12, TLS13; empty: TLS12
  std::string max_version;
  bool insecure_skip_verify = false;
};

struct ClientRequest {
  Method method = Method::kGet;
  std::string url;  // http or https
  Headers headers;
  std::string body;
  std::string_view body_view;                   // instead of body: bytes that live until the call returns
  Duration timeout = Duration::seconds(30);     // for everything together
  std::uint64_t max_body_bytes = 64 << 20;      // after decompression; 0: no bound
  bool follow_redirects = true;                 // at most 10; credentials are not sent to another host
  bool accept_gzip = true;
  std::string basic_user;                       // basic authentication if not empty
  std::string basic_password;
  std::string authorization;                    // value of the Authorization header: "Bearer …"
  TlsOptions tls;
  std::string proxy_url;                        // empty: none, whatever the environment says
  std::string no_proxy;                         // comma-separated hosts
  Headers proxy_headers;                        // sent to the proxy with CONNECT
  bool proxy_from_environment = false;
  const Cancellation* cancellation = nullptr;
  std::string reuse;                            // its memory holds the answer's body
};

struct ClientResponse {
  int status = 0;
  Headers headers;  // of the last response, after redirects
  std::string body;
};

class Client {
 public:
  explicit Client(std::size_t max_idle = 64);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Any HTTP status is a response. Errors: kInvalid (URL, certificate files), kTooLarge (body), kTimeout, kCancelled,
  // kUnavailable (everything on the way).
  Result<ClientResponse> send(ClientRequest request);
  Result<ClientResponse> get(ClientRequest request) {
    request.method = Method::kGet;
    return send(std::move(request));
  }
  Result<ClientResponse> post(ClientRequest request) {
    request.method = Method::kPost;
    return send(std::move(request));
  }

 private:
  struct Handle;
  std::unique_ptr<Handle> take(const std::string& key);
  void give_back(const std::string& key, std::unique_ptr<Handle> handle);

  const std::size_t max_idle_;
  std::mutex mutex_;
  std::size_t idle_ = 0;
  std::map<std::string, std::vector<std::unique_ptr<Handle>>> handles_;
};

// "https://host:9100" of a URL: what may stand in a message.
std::string url_origin(std::string_view url);

}  // namespace isobar::http
