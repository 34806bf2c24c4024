#include "object_store/s3/credentials.h"

#include <map>

#include "sim/sim_clock.h"

namespace isobar::object_store {
namespace {

constexpr Timestamp kNow{1'764'583'200'000};  // 2025-12-01T10:00:00Z

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest()
      : chain_({.environment = [this](const char* name) { return environment_[name]; },
                .read_file = [this](const std::string& path) -> Result<std::string> {
                  if (!files_.contains(path)) return fail(Code::kUnavailable, "cannot read the file: " + path);
                  return files_[path];
                },
                .send = [this](http::ClientRequest request) -> Result<http::ClientResponse> {
                  asked_.push_back(request);
                  const std::string key = std::string(http::method_name(request.method)) + " " + request.url;
                  if (!answers_.contains(key)) return fail(Code::kUnavailable, "nobody is there");
                  return answers_[key];
                },
                .clock = &clock_}) {}

  static std::string sts(const std::string& id, const std::string& until) {
    return "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials>"
           "<AccessKeyId>" + id + "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>" + until +
           "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
  }

  sim::SimClock clock_{kNow};
  std::map<std::string, std::string> environment_;
  std::map<std::string, std::string> files_;
  std::map<std::string, http::ClientResponse> answers_;
  std::vector<http::ClientRequest> asked_;
  CredentialsChain chain_;
};

TEST_F(CredentialsTest, FromTheEnvironment) {
  environment_ = {{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "b"}, {"AWS_SESSION_TOKEN", "c"}};
  EXPECT_EQ(chain_.get()->access_key_id, "a");
  EXPECT_EQ(chain_.get()->session_token, "c");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CredentialsTest, HalfOfThemIsAnError) {
  environment_ = {{"AWS_ACCESS_KEY_ID", "a"}};
  EXPECT_EQ(chain_.get().error().message, "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set: set both, or none");
}

TEST_F(CredentialsTest, FromAWebIdentityRenewedBeforeTheEndAndKeptUntilIt) {
  environment_ = {{"AWS_ROLE_ARN", "arn:aws:iam::1:role/x"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}};
  files_["/token"] = "first\n";
  const std::string url = "POST https://sts.us-east-1.amazonaws.com/";
  answers_[url] = {200, {}, sts("one", "2025-12-01T11:00:00Z")};
  EXPECT_EQ(chain_.get()->access_key_id, "one");
  EXPECT_NE(asked_[0].body.find("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx"), std::string::npos);
  EXPECT_NE(asked_[0].body.find("WebIdentityToken=first"), std::string::npos);
  clock_.advance(Duration::minutes(54));
  EXPECT_EQ(chain_.get()->access_key_id, "one");
  EXPECT_EQ(asked_.size(), 1u);
  // Five minutes before the end: the token file has changed, and STS is away.
  files_["/token"] = "second";
  answers_.clear();
  clock_.advance(Duration::minutes(2));
  EXPECT_EQ(chain_.get()->access_key_id, "one");
  EXPECT_NE(asked_[1].body.find("WebIdentityToken=second"), std::string::npos);
  answers_[url] = {200, {}, sts("two", "2025-12-01T12:00:00Z")};
  EXPECT_EQ(chain_.get()->access_key_id, "two");
  answers_[url] = {403, {}, "<Error>with a secret</Error>"};
  clock_.advance(Duration::hours(2));
  EXPECT_EQ(chain_.get().error().message,
            "STS refuses AssumeRoleWithWebIdentity (HTTP 403); look at the trust policy of the role and its OIDC provider: arn:aws:iam::1:role/x");
}

TEST_F(CredentialsTest, FromTheAgentOfAPod) {
  environment_ = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t"}};
  files_["/t"] = "pod-token\n";
  answers_["GET http://169.254.170.23/v1/credentials"] = {200, {}, R"({"AccessKeyId":"p","SecretAccessKey":"s","Token":"t","Expiration":"2025-12-01T16:00:00Z"})"};
  EXPECT_EQ(chain_.get()->access_key_id, "p");
  EXPECT_EQ(asked_[0].authorization, "pod-token");
  chain_.refused();
  EXPECT_EQ(chain_.get()->session_token, "t");
  EXPECT_EQ(asked_.size(), 2u);
}

TEST_F(CredentialsTest, ATokenIsNotSentAnywhere) {
  environment_ = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23.evil.example/v1"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "x"}};
  EXPECT_EQ(chain_.get().error().message,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an agent's address: http://169.254.170.23.evil.example");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CredentialsTest, FromTheSharedFile) {
  environment_ = {{"HOME", "/home/u"}, {"AWS_PROFILE", "other"}};
  files_["/home/u/.aws/credentials"] = "[default]\naws_access_key_id = d\naws_secret_access_key=e\n# no\n[ other ]\naws_access_key_id=o\naws_secret_access_key = p=q\n";
  EXPECT_EQ(chain_.get()->access_key_id, "o");
  EXPECT_EQ(chain_.get()->secret_access_key, "p=q");
}

TEST_F(CredentialsTest, FromTheInstanceByVersionTwoOnly) {
  const std::string base = "http://169.254.169.254/latest/";
  answers_["PUT " + base + "api/token"] = {200, {}, "tok"};
  answers_["GET " + base + "meta-data/iam/security-credentials/"] = {200, {}, "my-role\n"};
  answers_["GET " + base + "meta-data/iam/security-credentials/my-role"] = {200, {}, R"({"Code":"Success","AccessKeyId":"i","SecretAccessKey":"s","Token":"t","Expiration":"2025-12-01T16:00:00Z"})"};
  EXPECT_EQ(chain_.get()->access_key_id, "i");
  EXPECT_EQ(asked_[2].headers.get("x-aws-ec2-metadata-token"), "tok");
  environment_["AWS_EC2_METADATA_DISABLED"] = "true";
  chain_.refused();
  EXPECT_TRUE(chain_.get().error().message.starts_with("no credentials for the bucket: AWS_ACCESS_KEY_ID")) << chain_.get().error().message;
}

TEST(CredentialTexts, Times) {
  EXPECT_EQ(parse_iso_time("2025-12-01T10:00:00Z"), kNow);
  EXPECT_EQ(parse_iso_time("2025-12-01T10:00:00.123Z"), kNow);
  EXPECT_EQ(parse_iso_time("2025-13-01T10:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_iso_time("2025-02-30T10:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_iso_time(""), std::nullopt);
  EXPECT_EQ(parse_http_date("Mon, 01 Dec 2025 10:00:00 GMT"), kNow);
  EXPECT_EQ(parse_http_date("Mon, 01 Foo 2025 10:00:00 GMT"), std::nullopt);
}

TEST(CredentialTexts, AnswersThatAreNone) {
  EXPECT_FALSE(parse_sts_answer("<html/>"));
  EXPECT_FALSE(parse_sts_answer("not xml"));
  EXPECT_FALSE(parse_credentials_json("{}"));
  EXPECT_FALSE(parse_credentials_json("[1"));
  EXPECT_FALSE(parse_shared_credentials("[default]\naws_access_key_id=x", "default"));
}

}  // namespace
}  // namespace isobar::object_store
