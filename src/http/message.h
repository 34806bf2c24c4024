// Requests and responses as handlers see them. Values; not thread-safe to change.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace isobar::http {

enum class Method { kGet, kHead, kPost, kPut, kDelete, kOptions, kPatch, kOther };
std::string_view method_name(Method method);

// True if the texts are equal but for ASCII case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Field names and values in order of arrival; look-ups ignore ASCII case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value);
  // Replaces every field of that name.
  void set(std::string_view name, std::string value);
  // The first value, or empty.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  // True if a comma-separated list in any field of that name holds `token`, ignoring case and parameters after ';'.
  bool has_token(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Decoded name=value pairs of a query string or form, in order; names may repeat.
class Params {
 public:
  void add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }
  bool has(std::string_view name) const;
  // The first value, or empty.
  std::string_view get(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  std::size_t size() const { return pairs_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Request {
  Method method = Method::kGet;
  std::string target;  // as sent: /api/v1/query?query=up
  std::string path;    // before '?', still percent-encoded
  Params query;        // after '?', decoded
  Params path_params;  // what {name} of the route matched, decoded
  Headers headers;
  std::string body;
  std::string remote_address;  // 10.0.0.7:41234
};

// Gives the next piece of a body; an empty piece ends it. Called on the route's pool, one call at a time, only after
// the piece before was handed to the kernel. An error ends the connection, so that the client sees the truncation.
using BodyStream = std::function<Result<std::string>()>;

struct Response {
  int status = 200;
  std::string content_type;
  Headers headers;
  std::string body;
  BodyStream stream;  // if set, `body` is ignored

  static Response text(int status, std::string body);
  static Response json(int status, std::string body);
};

// "Not Found" for 404.
std::string_view reason_phrase(int status);

}  // namespace isobar::http
