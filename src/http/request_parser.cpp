#include "http/request_parser.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/form.h"

namespace isobar::http {
namespace beast = boost::beast::http;

struct RequestParser::Impl {
  beast::request_parser<beast::string_body> parser;
};

namespace {

Method to_method(beast::verb verb) {
  switch (verb) {
    case beast::verb::get: return Method::kGet;
    case beast::verb::head: return Method::kHead;
    case beast::verb::post: return Method::kPost;
    case beast::verb::put: return Method::kPut;
    case beast::verb::delete_: return Method::kDelete;
    case beast::verb::options: return Method::kOptions;
    case beast::verb::patch: return Method::kPatch;
    default: return Method::kOther;
  }
}

RequestParser::Failure describe(const boost::system::error_code& error, const HeadLimits& limits,
                                std::uint64_t body_limit) {
  if (error == beast::error::header_limit) {
    return {431, fmt::format("request head is too large, the limit in bytes is {}", limits.bytes)};
  }
  if (error == beast::error::body_limit) {
    return {413, fmt::format("request body is too large, the limit in bytes is {}", body_limit)};
  }
  if (error == beast::error::bad_version) return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  return {400, fmt::format("malformed HTTP request: {}", error.message())};
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

RequestParser::RequestParser(HeadLimits limits) : limits_(limits), impl_(std::make_unique<Impl>()) {
  impl_->parser.header_limit(static_cast<std::uint32_t>(limits.bytes));
  impl_->parser.body_limit(boost::none);  // judged by route, once the head is known
  impl_->parser.eager(false);
}

RequestParser::~RequestParser() = default;

tl::expected<std::size_t, RequestParser::Failure> RequestParser::put(std::string_view bytes) {
  // Beast looks at the limit before it is known, and then makes room for whatever length the head tells.
  if (head_done() && content_length().value_or(0) > body_limit_) {
    return tl::unexpected(describe(beast::error::body_limit, limits_, body_limit_));
  }
  std::size_t used = 0;
  while (!done() && used < bytes.size()) {
    boost::system::error_code error;
    const bool had_head = head_done();
    const std::size_t n =
        impl_->parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    used += n;
    if (error == beast::error::need_more) break;
    if (error) return tl::unexpected(describe(error, limits_, body_limit_));
    if (!had_head && head_done()) {
      if (auto head = take_head(); !head) return tl::unexpected(std::move(head).error());
      break;  // the caller sets the body limit before any of the body is taken
    }
  }
  return used;
}

tl::expected<void, RequestParser::Failure> RequestParser::take_head() {
  const auto& message = impl_->parser.get();
  request_.method = to_method(message.method());
  request_.target = std::string(view(message.target()));
  const std::size_t question = request_.target.find('?');
  request_.path = request_.target.substr(0, question);
  if (const std::size_t scheme = request_.path.find("://"); !request_.path.starts_with('/') && scheme != std::string::npos) {
    const std::size_t slash = request_.path.find('/', scheme + 3);  // absolute form, as sent to proxies
    request_.path = slash == std::string::npos ? "/" : request_.path.substr(slash);
  }
  if (!request_.path.starts_with('/') && request_.target != "*") {
    return tl::unexpected(Failure{400, "request target must start with /"});
  }
  std::size_t count = 0;
  for (const auto& field : message) {
    if (++count > limits_.fields) {
      return tl::unexpected(
          Failure{431, fmt::format("request has too many header fields, the limit is {}", limits_.fields)});
    }
    request_.headers.add(std::string(view(field.name_string())), std::string(view(field.value())));
  }
  if (message.version() >= 11 && !request_.headers.has("host")) {
    return tl::unexpected(Failure{400, "an HTTP/1.1 request needs a Host header"});
  }
  if (request_.headers.has("transfer-encoding") && !impl_->parser.chunked()) {
    return tl::unexpected(Failure{501, "the only supported transfer encoding is chunked"});
  }
  if (question != std::string::npos) {
    Result<Params> query = parse_form(std::string_view(request_.target).substr(question + 1));
    if (!query) return tl::unexpected(Failure{400, "query string: " + query.error().message});
    request_.query = *std::move(query);
  }
  return {};
}

bool RequestParser::head_done() const { return impl_->parser.is_header_done(); }
bool RequestParser::done() const { return impl_->parser.is_done(); }
std::string& RequestParser::body() { return impl_->parser.get().body(); }
bool RequestParser::keep_alive() const { return impl_->parser.keep_alive(); }
bool RequestParser::is_http_1_0() const { return impl_->parser.get().version() < 11; }
bool RequestParser::expects_continue() const { return request_.headers.has_token("expect", "100-continue"); }

std::optional<std::uint64_t> RequestParser::content_length() const {
  if (impl_->parser.chunked()) return std::nullopt;
  const auto length = impl_->parser.content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::optional<std::uint64_t>(0);
}

void RequestParser::set_body_limit(std::uint64_t bytes) {
  body_limit_ = bytes;
  impl_->parser.body_limit(bytes);
}

}  // namespace isobar::http
