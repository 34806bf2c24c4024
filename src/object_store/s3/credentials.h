// Who signs requests to AWS. A provider finds credentials, keeps them, and renews them before they end.
//
// The chain looks, as AWS' own clients do, into the environment (AWS_ACCESS_KEY_ID …), exchanges a web identity token (IRSA:
// AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE), asks the container's agent (EKS Pod Identity and ECS:
// AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI), reads the shared file (~/.aws/credentials, AWS_PROFILE), and asks the
// instance (IMDSv2). The first that has any is asked again later. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/client.h"
#include "sys/clock.h"

namespace isobar::object_store {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;           // empty: none
  std::optional<Timestamp> expiration;  // never without one
};

class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  // kUnavailable: there are none now; the message says what was looked for.
  virtual Result<Credentials> get() = 0;
  // The store refused what get() gave: the next one is new.
  virtual void refused() {}
};

class StaticCredentials final : public CredentialsProvider {
 public:
  explicit StaticCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
  Result<Credentials> get() override { return credentials_; }

 private:
  Credentials credentials_;
};

// Where the chain looks; all of it can be something else in tests.
struct CredentialSources {
  std::function<std::string(const char* name)> environment;                  // "" if not set
  std::function<Result<std::string>(const std::string& path)> read_file;
  std::function<Result<http::ClientResponse>(http::ClientRequest request)> send;
  const sys::Clock* clock = nullptr;
  std::string region = "us-east-1";  // whose STS is asked
};
// Of this process.
CredentialSources process_sources(http::Client& client, const sys::Clock& clock, std::string region);

class CredentialsChain final : public CredentialsProvider {
 public:
  explicit CredentialsChain(CredentialSources sources) : sources_(std::move(sources)) {}
  Result<Credentials> get() override;
  void refused() override;

 private:
  using Source = Result<std::optional<Credentials>> (CredentialsChain::*)();
  Result<Credentials> find();
  // Nothing if that source is not set up here; an error if it is and fails.
  Result<std::optional<Credentials>> from_environment();
  Result<std::optional<Credentials>> from_web_identity();
  Result<std::optional<Credentials>> from_container();
  Result<std::optional<Credentials>> from_shared_file();
  Result<std::optional<Credentials>> from_instance();

  CredentialSources sources_;
  std::mutex mutex_;  // one looks, the others wait
  std::optional<Credentials> current_;
};

// The parsers of what comes from outside; kInvalid for anything else.
Result<Credentials> parse_sts_answer(std::string_view xml);
Result<Credentials> parse_credentials_json(std::string_view json);
// Nothing if the profile has no keys.
std::optional<Credentials> parse_shared_credentials(std::string_view text, std::string_view profile);
// 2026-12-01T10:00:00Z, with or without a fraction.
std::optional<Timestamp> parse_iso_time(std::string_view text);
// "Tue, 01 Dec 2026 10:00:00 GMT" of a Date header.
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace isobar::object_store
