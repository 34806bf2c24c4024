#include "object_store/s3/credentials.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "object_store/s3/sigv4.h"

namespace isobar::object_store {
namespace {

constexpr Duration kRenewBefore = Duration::minutes(5);
constexpr Duration kAnswerWithin = Duration::seconds(5);
constexpr std::uint64_t kMaxAnswer = 64 << 10;

// Tokens are sent to this host only, to a loopback or link-local address of the agents, or by TLS.
bool may_get_token(std::string_view url) {
  if (url.starts_with("https://")) return true;
  const std::string origin = http::url_origin(url);
  std::string_view host = origin;
  if (!host.starts_with("http://")) return false;
  host.remove_prefix(7);
  if (host.starts_with("[fd00:ec2::23]") || host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host == "127.0.0.1" || host == "169.254.170.2" || host == "169.254.170.23";
}

Result<std::string> read_whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::kUnavailable, "cannot read the file: " + path);
  std::string text(kMaxAnswer, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::string stripped(std::string text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string form(const NameValues& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, uri_encode(value, false));
  return out;
}

}  // namespace

CredentialSources process_sources(http::Client& client, const sys::Clock& clock, std::string region) {
  return {.environment =
              [](const char* name) {
                const char* value = std::getenv(name);
                return std::string(value == nullptr ? "" : value);
              },
          .read_file = read_whole_file,
          .send = [&client](http::ClientRequest request) { return client.send(std::move(request)); },
          .clock = &clock,
          .region = std::move(region)};
}

Result<Credentials> CredentialsChain::get() {
  const std::lock_guard lock(mutex_);
  const Timestamp now = sources_.clock->now();
  if (current_ && (!current_->expiration || *current_->expiration - now > kRenewBefore)) return *current_;
  auto found = find();
  if (found) {
    current_ = *found;
    return found;
  }
  // What cannot be renewed is good until it ends.
  if (current_ && current_->expiration && *current_->expiration > now) return *current_;
  return found;
}

void CredentialsChain::refused() {
  const std::lock_guard lock(mutex_);
  current_.reset();
}

Result<Credentials> CredentialsChain::find() {
  constexpr Source kSources[] = {&CredentialsChain::from_environment, &CredentialsChain::from_web_identity, &CredentialsChain::from_container,
                                 &CredentialsChain::from_shared_file, &CredentialsChain::from_instance};
  for (const Source source : kSources) {
    TRY(auto found, (this->*source)());
    if (found) return *std::move(found);
  }
  return fail(Code::kUnavailable,
              "no credentials for the bucket: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, and "
              "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set, the shared credentials file has no such profile, and no instance metadata answers");
}

Result<std::optional<Credentials>> CredentialsChain::from_environment() {
  Credentials found{sources_.environment("AWS_ACCESS_KEY_ID"), sources_.environment("AWS_SECRET_ACCESS_KEY"), sources_.environment("AWS_SESSION_TOKEN"), {}};
  if (found.access_key_id.empty() && found.secret_access_key.empty()) return std::optional<Credentials>();
  if (found.access_key_id.empty() || found.secret_access_key.empty()) {
    return fail(Code::kUnavailable, "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set: set both, or none");
  }
  return std::optional(std::move(found));
}

// The token file is read each time: Kubernetes renews it.
Result<std::optional<Credentials>> CredentialsChain::from_web_identity() {
  const std::string role = sources_.environment("AWS_ROLE_ARN");
  const std::string file = sources_.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (role.empty() || file.empty()) return std::optional<Credentials>();
  auto token = sources_.read_file(file);
  if (!token) return fail(std::move(token).error().with_context("AWS_WEB_IDENTITY_TOKEN_FILE"));
  std::string session = sources_.environment("AWS_ROLE_SESSION_NAME");
  if (session.empty()) session = "isobar";
  std::string endpoint = sources_.environment("AWS_ENDPOINT_URL_STS");
  if (endpoint.empty()) endpoint = fmt::format("https://sts.{}.amazonaws.com", sources_.region);
  http::ClientRequest request;
  request.method = http::Method::kPost;
  request.url = endpoint + "/";
  request.timeout = kAnswerWithin;
  request.max_body_bytes = kMaxAnswer;
  request.follow_redirects = false;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = form({{"Action", "AssumeRoleWithWebIdentity"},
                       {"Version", "2011-06-15"},
                       {"RoleArn", role},
                       {"RoleSessionName", session},
                       {"WebIdentityToken", stripped(*std::move(token))}});
  const auto answer = sources_.send(std::move(request));
  if (!answer) return fail(Code::kUnavailable, "STS does not answer: " + answer.error().message);
  if (answer->status != 200) {
    return fail(Code::kUnavailable, fmt::format("STS refuses AssumeRoleWithWebIdentity (HTTP {}); look at the trust policy of the role and its OIDC provider: {}", answer->status, role));
  }
  TRY(auto credentials, parse_sts_answer(answer->body));
  return std::optional(std::move(credentials));
}

Result<std::optional<Credentials>> CredentialsChain::from_container() {
  std::string url = sources_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  const std::string relative = sources_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (url.empty() && !relative.empty()) url = "http://169.254.170.2" + relative;
  if (url.empty()) return std::optional<Credentials>();
  if (!may_get_token(url)) {
    return fail(Code::kUnavailable, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an agent's address: " + http::url_origin(url));
  }
  http::ClientRequest request;
  request.url = url;
  request.timeout = kAnswerWithin;
  request.max_body_bytes = kMaxAnswer;
  request.follow_redirects = false;
  request.authorization = sources_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string file = sources_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    auto token = sources_.read_file(file);
    if (!token) return fail(std::move(token).error().with_context("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    request.authorization = stripped(*std::move(token));
  }
  const auto answer = sources_.send(std::move(request));
  if (!answer) return fail(Code::kUnavailable, "the agent of the container's credentials does not answer: " + answer.error().message);
  if (answer->status != 200) return fail(Code::kUnavailable, fmt::format("the agent of the container's credentials answers HTTP {}: {}", answer->status, http::url_origin(url)));
  TRY(auto credentials, parse_credentials_json(answer->body));
  return std::optional(std::move(credentials));
}

Result<std::optional<Credentials>> CredentialsChain::from_shared_file() {
  std::string path = sources_.environment("AWS_SHARED_CREDENTIALS_FILE");
  const std::string home = sources_.environment("HOME");
  if (path.empty() && !home.empty()) path = home + "/.aws/credentials";
  std::string profile = sources_.environment("AWS_PROFILE");
  if (profile.empty()) profile = "default";
  const auto text = path.empty() ? Result<std::string>(fail(Code::kNotFound, "")) : sources_.read_file(path);
  if (!text) return std::optional<Credentials>();
  return parse_shared_credentials(*text, profile);
}

// Version 2 only: a token first, which requests that somebody else forged do not get.
Result<std::optional<Credentials>> CredentialsChain::from_instance() {
  if (sources_.environment("AWS_EC2_METADATA_DISABLED") == "true") return std::optional<Credentials>();
  std::string endpoint = sources_.environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const auto ask = [&](http::Method method, const std::string& path, const char* header, const std::string& value) -> Result<std::string> {
    http::ClientRequest request;
    request.method = method;
    request.url = endpoint + path;
    request.timeout = Duration::seconds(1);
    request.max_body_bytes = kMaxAnswer;
    request.follow_redirects = false;
    request.headers.add(header, value);
    TRY(auto answer, sources_.send(std::move(request)));
    if (answer.status != 200) return fail(Code::kUnavailable, fmt::format("the instance's metadata answer HTTP {}", answer.status));
    return std::move(answer.body);
  };
  constexpr const char* kTokenHeader = "X-aws-ec2-metadata-token";
  const auto token = ask(http::Method::kPut, "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "21600");
  if (!token) return std::optional<Credentials>();  // no instance of EC2
  TRY(std::string roles, ask(http::Method::kGet, "/latest/meta-data/iam/security-credentials/", kTokenHeader, *token));
  std::istringstream lines(std::move(roles));
  std::string role;
  std::getline(lines, role);
  role = stripped(std::move(role));
  if (role.empty()) return std::optional<Credentials>();
  TRY(const std::string json, ask(http::Method::kGet, "/latest/meta-data/iam/security-credentials/" + role, kTokenHeader, *token));
  TRY(auto credentials, parse_credentials_json(json));
  return std::optional(std::move(credentials));
}

std::optional<Credentials> parse_shared_credentials(std::string_view text, std::string_view profile) {
  std::istringstream lines{std::string(text)};
  std::string line;
  bool ours = false;
  Credentials found;
  while (std::getline(lines, line)) {
    line = stripped(line);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[')) {
      ours = stripped(line.substr(1, line.find(']') - 1)) == profile;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!ours || equals == std::string::npos) continue;
    const std::string name = stripped(line.substr(0, equals));
    std::string value = stripped(line.substr(equals + 1));
    if (name == "aws_access_key_id") found.access_key_id = std::move(value);
    if (name == "aws_secret_access_key") found.secret_access_key = std::move(value);
    if (name == "aws_session_token") found.session_token = std::move(value);
  }
  if (found.access_key_id.empty() || found.secret_access_key.empty()) return std::nullopt;
  return found;
}

std::optional<Timestamp> parse_iso_time(std::string_view text) {
  // 2026-12-01T10:00:00
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size, unsigned most) -> std::optional<unsigned> {
    unsigned value = 0;
    const auto parsed = std::from_chars(text.data() + at, text.data() + at + size, value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + at + size || value > most) return std::nullopt;
    return value;
  };
  const auto year = number(0, 4, 9999);
  const auto month = number(5, 2, 12);
  const auto day = number(8, 2, 31);
  const auto hour = number(11, 2, 23);
  const auto minute = number(14, 2, 59);
  const auto second = number(17, 2, 60);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return Timestamp{((days * 24 + *hour) * 60 + *minute) * 60'000 + static_cast<std::int64_t>(*second) * 1000};
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text[3] != ',' || !text.ends_with(" GMT")) return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  return parse_iso_time(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month / 3 + 1, text.substr(5, 2), text.substr(17, 8)));
}

}  // namespace isobar::object_store
