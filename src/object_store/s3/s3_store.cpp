#include "object_store/s3/s3_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "object_store/s3/s3_answers.h"

namespace isobar::object_store {
namespace {

constexpr std::size_t kPartBytes = 8 << 20;
constexpr std::uint64_t kSmallAnswer = 1 << 20;

class InMemory final : public sys::MappedFile {
 public:
  explicit InMemory(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

bool is_clock_problem(std::string_view code) { return code == "RequestTimeTooSkewed" || code == "RequestExpired"; }
bool is_token_problem(std::string_view code) { return code == "ExpiredToken" || code == "InvalidToken" || code == "ExpiredTokenException"; }

}  // namespace

// Small objects go in one request at the commit, others in parts as they come.
class S3Writer final : public ObjectWriter {
 public:
  S3Writer(S3Store& store, std::string key) : store_(store), key_(std::move(key)) {}
  ~S3Writer() override {
    if (!upload_.empty()) (void)store_.abort_upload(key_, upload_);  // else remove_unfinished() does it
  }
  Result<void> append(std::string_view bytes) override {
    held_.append(bytes);
    while (held_.size() >= kPartBytes) {
      TRYV(send_part(std::string_view(held_).substr(0, kPartBytes)));
      held_.erase(0, kPartBytes);
    }
    return {};
  }
  Result<void> commit() override {
    if (upload_.empty()) {
      TRYV(store_.put(key_, held_));
      return {};
    }
    if (!held_.empty()) TRYV(send_part(held_));
    TRYV(store_.complete_upload(key_, upload_, etags_));
    upload_.clear();
    return {};
  }

 private:
  // A part that is sent twice is there once.
  Result<void> send_part(std::string_view bytes) {
    constexpr int kTries = 4;
    if (upload_.empty()) {
      TRY(upload_, store_.begin_upload(key_));
    }
    for (int attempt = 1;; ++attempt) {
      auto etag = store_.upload_part(key_, upload_, etags_.size() + 1, bytes);
      if (etag) {
        etags_.push_back(*std::move(etag));
        return {};
      }
      if (attempt == kTries || etag.error().code != Code::kUnavailable) return fail(etag.error());
    }
  }

  S3Store& store_;
  std::string key_;
  std::string held_;
  std::string upload_;  // its id, while there is one
  std::vector<std::string> etags_;
};

S3Store::S3Store(S3Config config, http::Client& client, CredentialsProvider& credentials, const sys::Clock& clock)
    : config_(std::move(config)), client_(client), credentials_(credentials), clock_(clock) {
  const std::string endpoint = config_.endpoint.empty() ? fmt::format("https://s3.{}.amazonaws.com", config_.region) : config_.endpoint;
  const std::size_t host_at = endpoint.find("://") + 3;
  host_ = (config_.path_style ? "" : config_.bucket + ".") + endpoint.substr(host_at);
  origin_ = endpoint.substr(0, host_at) + host_;
  // curl leaves the port of the scheme out of the Host header.
  const std::string standard = config_.https() ? ":443" : ":80";
  if (host_.ends_with(standard)) host_.resize(host_.size() - standard.size());
}

std::string S3Store::where(const Call& call) const {
  return call.key.empty() ? config_.name() : fmt::format("s3://{}/{}", config_.bucket, full_key(call.key));
}

NameValues S3Store::encryption() const {
  NameValues headers;
  if (!config_.sse.empty()) headers.emplace_back("x-amz-server-side-encryption", config_.sse);
  if (!config_.kms_key.empty()) headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", config_.kms_key);
  return headers;
}

Result<http::ClientResponse> S3Store::send(const Call& call, const Credentials& credentials) {
  const Timestamp time = now();
  RequestToSign to_sign;
  to_sign.method = http::method_name(call.method);
  to_sign.encoded_path = (config_.path_style ? "/" + config_.bucket : std::string());
  if (!call.key.empty()) to_sign.encoded_path += "/" + uri_encode(full_key(call.key), true);
  if (to_sign.encoded_path.empty()) to_sign.encoded_path = "/";
  to_sign.query = call.query;
  to_sign.headers = call.headers;
  to_sign.payload_hash = config_.https() && !call.body.empty() ? std::string(kUnsignedPayload) : sha256_hex(call.body);
  to_sign.headers.emplace_back("host", host_);
  to_sign.headers.emplace_back("x-amz-content-sha256", to_sign.payload_hash);
  to_sign.headers.emplace_back("x-amz-date", amz_date(time));
  if (!credentials.session_token.empty()) to_sign.headers.emplace_back("x-amz-security-token", credentials.session_token);

  http::ClientRequest request;
  request.method = call.method;
  const std::string query = canonical_query(call.query);
  request.url = origin_ + to_sign.encoded_path + (query.empty() ? "" : "?" + query);
  for (const auto& [name, value] : to_sign.headers) {
    if (name != "host") request.headers.add(name, value);
  }
  request.authorization = authorization(to_sign, {credentials.access_key_id, credentials.secret_access_key, config_.region, "s3"}, time);
  if (!call.body.empty()) request.headers.add("Content-Type", "application/octet-stream");
  request.body_view = call.body;
  request.timeout = config_.timeout + Duration::seconds(static_cast<std::int64_t>((call.body.size() + call.expected_bytes) >> 20));
  request.max_body_bytes = std::max(call.expected_bytes, kSmallAnswer);
  request.follow_redirects = false;
  request.accept_gzip = false;
  request.tls.ca_file = config_.ca_file;
  request.proxy_from_environment = true;
  auto answer = client_.send(std::move(request));
  if (answer) return answer;
  // What an object store cannot be is invalid: a wrong certificate file stays wrong, the rest may pass.
  const Code code = answer.error().code == Code::kInvalid || answer.error().code == Code::kTooLarge ? answer.error().code : Code::kUnavailable;
  return fail(code, fmt::format("{}: {}", where(call), answer.error().message));
}

Result<http::ClientResponse> S3Store::call(const Call& call) {
  for (int attempt = 1;; ++attempt) {
    const auto credentials = credentials_.get();
    if (!credentials) return fail(credentials.error());
    TRY(http::ClientResponse answer, send(call, *credentials));
    if (answer.status < 300) return answer;
    const S3Error error = parse_s3_error(answer.body);
    const bool token = is_token_problem(error.code);
    if (attempt == 1 && token) credentials_.refused();
    if (attempt == 1 && is_clock_problem(error.code)) correct_clock(answer);
    if (attempt == 1 && (token || is_clock_problem(error.code))) continue;
    return fail(describe_failure(call, answer));
  }
}

void S3Store::correct_clock(const http::ClientResponse& answer) {
  if (const auto theirs = parse_http_date(answer.headers.get("date"))) clock_offset_ms_ = theirs->ms - clock_.now().ms;
}

Error S3Store::describe_failure(const Call& call, const http::ClientResponse& answer) const {
  const S3Error error = parse_s3_error(answer.body);
  const std::string place = where(call);
  const auto text = [&](std::string_view what) {
    return fmt::format("{}{}: {}", what, error.code.empty() ? fmt::format(" (HTTP {})", answer.status) : fmt::format(" ({})", error.code), place);
  };
  switch (answer.status) {
    case 301:
    case 307: {
      const std::string_view region = answer.headers.get("x-amz-bucket-region");
      if (region.empty()) return {Code::kUnprocessable, text("the bucket is somewhere else; look at its region and endpoint")};
      return {Code::kUnprocessable, text(fmt::format("the bucket is in region {}; write region={} behind its name", region, region))};
    }
    case 403:
      if (error.code == "SignatureDoesNotMatch") return {Code::kUnprocessable, text("the store does not accept the secret key or the region")};
      if (error.code == "InvalidAccessKeyId") return {Code::kUnprocessable, text("the store does not know the access key")};
      return {Code::kUnprocessable, text("the store refuses access; look at the policy of the role and of the bucket")};
    case 404:
      if (error.code == "NoSuchBucket") return {Code::kUnprocessable, text("there is no such bucket; make it, or correct its name")};
      return {Code::kNotFound, text("no such object")};
    case 409:
      // Another conditional request is under way: nobody knows yet which of them will hold.
      if (error.code == "ConditionalRequestConflict" || error.code == "OperationAborted") return {Code::kUnavailable, text("the store is busy with the object")};
      return {Code::kConflict, text("the object has changed")};
    case 412: return {Code::kConflict, text("the condition does not hold")};
    case 416: return {Code::kNotFound, text("no such bytes")};
    case 501: return {Code::kUnsupported, text("the store does not know this kind of request")};
    default: return {answer.status >= 500 || answer.status == 429 || answer.status == 408 ? Code::kUnavailable : Code::kInvalid,
                     text(error.message.empty() || answer.status >= 500 ? "the store cannot serve now" : error.message)};
  }
}

Result<std::string> S3Store::put(const std::string& key, std::string_view bytes, PutCondition condition) {
  Call put{.method = http::Method::kPut, .key = key, .headers = encryption(), .body = bytes};
  if (condition.kind == PutCondition::Kind::kIfAbsent) put.headers.emplace_back("if-none-match", "*");
  if (condition.kind == PutCondition::Kind::kIfMatch) put.headers.emplace_back("if-match", condition.etag);
  auto answer = call(put);
  if (!answer) {
    // The object that should match is gone.
    const bool gone = answer.error().code == Code::kNotFound && condition.kind == PutCondition::Kind::kIfMatch;
    return gone ? fail(Code::kConflict, answer.error().message) : fail(answer.error());
  }
  return std::string(answer->headers.get("etag"));
}

Result<std::unique_ptr<ObjectWriter>> S3Store::create(const std::string& key) { return std::make_unique<S3Writer>(*this, key); }

Result<Object> S3Store::get(const std::string& key) {
  constexpr std::uint64_t kLargest = 5ULL << 30;
  TRY(http::ClientResponse answer, call({.key = key, .expected_bytes = kLargest}));
  return Object{std::move(answer.body), std::string(answer.headers.get("etag"))};
}

Result<std::string> S3Store::get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) {
  if (size == 0) return std::string();
  Call get{.key = key, .headers = {{"range", fmt::format("bytes={}-{}", offset, offset + size - 1)}}, .expected_bytes = size};
  auto answer = call(get);
  if (!answer) {
    if (answer.error().code == Code::kNotFound && answer.error().message.starts_with("no such bytes")) return std::string();
    return fail(answer.error());
  }
  // A store may answer with all of it.
  if (answer->status == 200) return offset < answer->body.size() ? answer->body.substr(offset, size) : std::string();
  return std::move(answer->body);
}

Result<std::shared_ptr<const sys::MappedFile>> S3Store::map(const std::string& key, std::uint64_t) {
  TRY(Object object, get(key));
  return std::make_shared<const InMemory>(std::move(object.bytes));
}

Result<std::vector<ObjectInfo>> S3Store::list(const std::string& prefix, const std::string& after) {
  std::vector<ObjectInfo> all;
  std::string token;
  const std::size_t cut = config_.prefix.empty() ? 0 : config_.prefix.size() + 1;
  do {
    Call list{.query = {{"list-type", "2"}, {"prefix", full_key(prefix)}}, .expected_bytes = kMaxAnswerBytes};
    if (!token.empty()) list.query.emplace_back("continuation-token", token);
    if (token.empty() && !after.empty()) list.query.emplace_back("start-after", full_key(after));
    TRY(const http::ClientResponse answer, call(list));
    auto page = parse_list_objects(answer.body);
    if (!page) return fail(Code::kUnavailable, fmt::format("{}: {}", page.error().message, config_.name()));
    for (ObjectInfo& object : page->objects) {
      if (object.key.size() <= cut) continue;
      object.key.erase(0, cut);
      if (object.key > after) all.push_back(std::move(object));
    }
    token = std::move(page->next);
  } while (!token.empty());
  std::sort(all.begin(), all.end(), [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return all;
}

Result<void> S3Store::remove(const std::string& key) {
  const auto answer = call({.method = http::Method::kDelete, .key = key});
  if (!answer && answer.error().code != Code::kNotFound) return fail(answer.error());
  return {};
}

Result<void> S3Store::remove_unfinished(const std::string& prefix) {
  const std::size_t cut = config_.prefix.empty() ? 0 : config_.prefix.size() + 1;
  constexpr int kMaxPages = 100;
  for (int round = 0; round < kMaxPages; ++round) {
    TRY(const http::ClientResponse answer, call({.query = {{"uploads", ""}, {"prefix", full_key(prefix)}}, .expected_bytes = kMaxAnswerBytes}));
    auto page = parse_list_uploads(answer.body);
    if (!page) return fail(Code::kUnavailable, fmt::format("{}: {}", page.error().message, config_.name()));
    for (const Upload& upload : page->uploads) {
      if (upload.key.size() > cut && upload.key.starts_with(full_key(prefix))) TRYV(abort_upload(upload.key.substr(cut), upload.id));
    }
    // What was aborted is gone from the next list.
    if (!page->truncated || page->uploads.empty()) return {};
  }
  return {};
}

Result<std::string> S3Store::begin_upload(const std::string& key) {
  TRY(const http::ClientResponse answer, call({.method = http::Method::kPost, .key = key, .query = {{"uploads", ""}}, .headers = encryption()}));
  return parse_upload_id(answer.body);
}

Result<std::string> S3Store::upload_part(const std::string& key, const std::string& id, std::size_t number, std::string_view bytes) {
  TRY(const http::ClientResponse answer,
      call({.method = http::Method::kPut, .key = key, .query = {{"partNumber", std::to_string(number)}, {"uploadId", id}}, .body = bytes}));
  return std::string(answer.headers.get("etag"));
}

// S3 may answer 200 and tell of a failure in the body.
Result<void> S3Store::complete_upload(const std::string& key, const std::string& id, const std::vector<std::string>& etags) {
  std::string body = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags.size(); ++i) body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, etags[i]);
  body += "</CompleteMultipartUpload>";
  const Call complete{.method = http::Method::kPost, .key = key, .query = {{"uploadId", id}}, .body = body};
  TRY(const http::ClientResponse answer, call(complete));
  const S3Error error = parse_s3_error(answer.body);
  if (!error.code.empty()) return fail(Code::kUnavailable, fmt::format("the store cannot put an object together ({}): {}", error.code, where(complete)));
  return {};
}

Result<void> S3Store::abort_upload(const std::string& key, const std::string& id) {
  const auto answer = call({.method = http::Method::kDelete, .key = key, .query = {{"uploadId", id}}});
  if (!answer && answer.error().code != Code::kNotFound) return fail(answer.error());
  return {};
}

}  // namespace isobar::object_store
