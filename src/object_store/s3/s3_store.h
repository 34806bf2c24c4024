// Objects in a bucket of S3, or of a server that speaks its protocol (Amazon S3 API reference, 2006-03-01).
//
// Requests are signed with version 4. Bodies go out under their own hash over http, unhashed over https. A clock that is
// wrong is corrected by the store's Date; credentials that are refused are renewed; both are tried once more. Everything else
// that may pass is kUnavailable and the retrying store's business. Puts of one request are atomic; larger objects are sent
// in parts and appear when they are committed. Conditional puts hold where the store honours If-None-Match and If-Match
// (probe.h). Error texts name bucket, key and S3's code, and never a secret or a signature.
// Thread-safe: each call is one connection of the client's.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "http/client.h"
#include "object_store/object_store.h"
#include "object_store/s3/credentials.h"
#include "object_store/s3/s3_config.h"
#include "object_store/s3/sigv4.h"
#include "sys/clock.h"

namespace isobar::object_store {

class S3Store final : public ObjectStore {
 public:
  S3Store(S3Config config, http::Client& client, CredentialsProvider& credentials, const sys::Clock& clock);

  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) override;
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
  Result<Object> get(const std::string& key) override;
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override;
  // In memory.
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) override;
  Result<void> remove_unfinished(const std::string& prefix) override;
  Result<void> remove(const std::string& key) override;
  std::string describe() const override { return config_.name(); }

 private:
  friend class S3Writer;
  struct Call {
    http::Method method = http::Method::kGet;
    std::string key;  // without the prefix; empty: the bucket itself
    NameValues query;
    NameValues headers;  // names in lower case
    std::string_view body;
    std::uint64_t expected_bytes = 0;  // of the answer's body
  };
  // Any answer below 300; kConflict for 409 of a condition and for 412.
  Result<http::ClientResponse> call(const Call& call);
  Result<http::ClientResponse> send(const Call& call, const Credentials& credentials);
  Error describe_failure(const Call& call, const http::ClientResponse& answer) const;
  void correct_clock(const http::ClientResponse& answer);
  Timestamp now() const { return clock_.now() + Duration{clock_offset_ms_.load(std::memory_order_relaxed)}; }
  std::string full_key(const std::string& key) const { return config_.prefix.empty() ? key : config_.prefix + "/" + key; }
  std::string where(const Call& call) const;
  NameValues encryption() const;

  Result<std::string> begin_upload(const std::string& key);
  Result<std::string> upload_part(const std::string& key, const std::string& id, std::size_t number, std::string_view bytes);
  Result<void> complete_upload(const std::string& key, const std::string& id, const std::vector<std::string>& etags);
  Result<void> abort_upload(const std::string& key, const std::string& id);

  const S3Config config_;
  http::Client& client_;
  CredentialsProvider& credentials_;
  const sys::Clock& clock_;
  std::string origin_;  // scheme, host and port
  std::string host_;    // as in the Host header
  std::atomic<std::int64_t> clock_offset_ms_{0};  // the store's clock less ours
};

}  // namespace isobar::object_store
