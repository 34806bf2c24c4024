// Internal: one HTTP/1.x request from bytes, without sockets. Wraps Beast's parser. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "http/message.h"

namespace isobar::http {

struct HeadLimits {
  std::size_t bytes = 64 * 1024;  // request line and header fields
  std::size_t fields = 100;
};

class RequestParser {
 public:
  // What to answer; the connection cannot be used for another request afterwards.
  struct Failure {
    int status;
    std::string text;
  };

  explicit RequestParser(HeadLimits limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes bytes and returns how many were used. Until the head is complete it uses none of a partial head: give the
  // same bytes again with more behind them. After the head it must be told the body limit before more is put.
  tl::expected<std::size_t, Failure> put(std::string_view bytes);

  bool head_done() const;
  bool done() const;  // head and body

  // From here on: valid once head_done().
  Request& request() { return request_; }
  std::string& body();
  bool keep_alive() const;
  bool is_http_1_0() const;
  bool expects_continue() const;
  // Empty for chunked bodies.
  std::optional<std::uint64_t> content_length() const;
  // Bounds chunked bodies too, chunk by chunk, before the bytes are read.
  void set_body_limit(std::uint64_t bytes);

 private:
  tl::expected<void, Failure> take_head();

  struct Impl;
  HeadLimits limits_;
  std::uint64_t body_limit_ = 0;
  std::unique_ptr<Impl> impl_;
  Request request_;
};

}  // namespace isobar::http
