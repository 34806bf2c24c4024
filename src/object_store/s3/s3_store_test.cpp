// What a real server does not do on demand: a server of a few lines that answers what each test says.
#include "object_store/s3/s3_store.h"

#include <mutex>

#include "http/server.h"
#include "object_store/s3/s3_answers.h"
#include "sim/sim_clock.h"

namespace isobar::object_store {
namespace {

constexpr Timestamp kNow{1'764'583'200'000};  // 2025-12-01T10:00:00Z

class CountingCredentials final : public CredentialsProvider {
 public:
  Result<Credentials> get() override { return Credentials{"key" + std::to_string(number), "hidden-secret", "token", {}}; }
  void refused() override { ++number; }
  int number = 1;
};

class S3StoreTest : public testing::Test {
 protected:
  S3StoreTest() {
    http::Router router;
    router.add({http::Method::kGet, http::Method::kPut, http::Method::kPost, http::Method::kDelete}, "/{bucket}/{rest...}", {.max_body_bytes = 64 << 20},
               [this](const http::Request& request, Cancellation&) { return answer(request); });
    router.add({http::Method::kGet, http::Method::kPut, http::Method::kPost, http::Method::kDelete}, "/{bucket}", {},
               [this](const http::Request& request, Cancellation&) { return answer(request); });
    server_ = *http::Server::start({}, std::move(router));
    S3Config config = *parse_s3_url(fmt::format("s3://bucket/pre?endpoint=http://127.0.0.1:{}", server_->bound_port()));
    store_ = std::make_unique<S3Store>(config, client_, credentials_, clock_);
  }
  http::Response answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request);
    if (answers_.empty()) return http::Response::text(200, "");
    http::Response next = std::move(answers_.front());
    answers_.erase(answers_.begin());
    return next;
  }
  static http::Response error(int status, const std::string& code) {
    return http::Response::text(status, "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>words</Message></Error>");
  }
  std::string put_error(http::Response with) {
    answers_.push_back(std::move(with));
    const auto put = store_->put("k", "v");
    return put ? "no error" : put.error().message;
  }

  std::mutex mutex_;
  std::vector<http::Response> answers_;
  std::vector<http::Request> asked_;
  std::unique_ptr<http::Server> server_;
  http::Client client_;
  CountingCredentials credentials_;
  sim::SimClock clock_{kNow};
  std::unique_ptr<S3Store> store_;
};

TEST_F(S3StoreTest, SendsWhatItSigns) {
  ASSERT_TRUE(store_->put("a/b", "body", PutCondition::if_absent()));
  ASSERT_EQ(asked_.size(), 1u);
  const http::Request& put = asked_[0];
  EXPECT_EQ(put.target, "/bucket/pre/a/b");
  EXPECT_EQ(put.body, "body");
  EXPECT_EQ(put.headers.get("if-none-match"), "*");
  EXPECT_EQ(put.headers.get("x-amz-date"), "20251201T100000Z");
  EXPECT_EQ(put.headers.get("x-amz-security-token"), "token");
  RequestToSign signed_request{"PUT", "/bucket/pre/a/b", {}, {}, sha256_hex("body")};
  for (const char* name : {"if-none-match", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}) {
    signed_request.headers.emplace_back(name, put.headers.get(name));
  }
  EXPECT_EQ(put.headers.get("authorization"), authorization(signed_request, {"key1", "hidden-secret", "us-east-1", "s3"}, kNow));
}

TEST_F(S3StoreTest, CorrectsItsClockOnce) {
  http::Response skewed = error(403, "RequestTimeTooSkewed");
  skewed.headers.add("Date", "Mon, 01 Dec 2025 11:30:00 GMT");
  answers_.push_back(std::move(skewed));
  ASSERT_TRUE(store_->put("k", "v"));
  ASSERT_EQ(asked_.size(), 2u);
  EXPECT_EQ(asked_[0].headers.get("x-amz-date"), "20251201T100000Z");
  // The answering server's own Date may stand beside the one above.
  EXPECT_NE(asked_[1].headers.get("x-amz-date"), "20251201T100000Z");
  answers_.push_back(error(403, "RequestTimeTooSkewed"));
  answers_.push_back(error(403, "RequestTimeTooSkewed"));
  EXPECT_FALSE(store_->put("k", "v"));
}

TEST_F(S3StoreTest, RenewsCredentialsThatAreRefused) {
  answers_.push_back(error(400, "ExpiredToken"));
  ASSERT_TRUE(store_->put("k", "v"));
  EXPECT_EQ(credentials_.number, 2);
  EXPECT_NE(asked_[1].headers.get("authorization").find("Credential=key2/"), std::string_view::npos);
}

TEST_F(S3StoreTest, SaysWhatToDo) {
  EXPECT_EQ(put_error(error(403, "AccessDenied")), "the store refuses access; look at the policy of the role and of the bucket (AccessDenied): s3://bucket/pre/k");
  EXPECT_EQ(put_error(error(403, "SignatureDoesNotMatch")), "the store does not accept the secret key or the region (SignatureDoesNotMatch): s3://bucket/pre/k");
  EXPECT_EQ(put_error(error(403, "InvalidAccessKeyId")), "the store does not know the access key (InvalidAccessKeyId): s3://bucket/pre/k");
  EXPECT_EQ(put_error(error(404, "NoSuchBucket")), "there is no such bucket; make it, or correct its name (NoSuchBucket): s3://bucket/pre/k");
  EXPECT_EQ(put_error(error(503, "SlowDown")), "the store cannot serve now (SlowDown): s3://bucket/pre/k");
  EXPECT_EQ(put_error(http::Response::text(502, "<html>")), "the store cannot serve now (HTTP 502): s3://bucket/pre/k");
  http::Response moved = error(301, "PermanentRedirect");
  moved.headers.add("x-amz-bucket-region", "eu-west-1");
  EXPECT_EQ(put_error(std::move(moved)), "the bucket is in region eu-west-1; write region=eu-west-1 behind its name (PermanentRedirect): s3://bucket/pre/k");
}

TEST_F(S3StoreTest, ConditionsThatAreUndecidedMayBeTriedAgain) {
  answers_.push_back(error(409, "ConditionalRequestConflict"));
  EXPECT_EQ(store_->put("k", "v", PutCondition::if_absent()).error().code, Code::kUnavailable);
  answers_.push_back(error(412, "PreconditionFailed"));
  EXPECT_EQ(store_->put("k", "v", PutCondition::if_absent()).error().code, Code::kConflict);
  answers_.push_back(error(501, "NotImplemented"));
  EXPECT_EQ(store_->put("k", "v", PutCondition::if_absent()).error().code, Code::kUnsupported);
}

TEST_F(S3StoreTest, AnAnswerThatIsCutOffIsNone) {
  http::Response cut = http::Response::text(206, "");
  cut.stream = [sent = false]() mutable -> Result<std::string> {
    if (sent) return fail(Code::kInternal, "cut");
    sent = true;
    return std::string("01234");
  };
  answers_.push_back(std::move(cut));
  EXPECT_EQ(store_->get_range("k", 0, 10).error().code, Code::kUnavailable);
}

TEST_F(S3StoreTest, ListsPageByPage) {
  answers_.push_back(http::Response::text(200, "<ListBucketResult xmlns=\"x\"><IsTruncated>true</IsTruncated><NextContinuationToken>a+b=</NextContinuationToken>"
                                               "<Contents><Key>pre/l/1</Key><Size>5</Size></Contents></ListBucketResult>"));
  answers_.push_back(http::Response::text(200, "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>pre/l/2</Key><Size>6</Size></Contents></ListBucketResult>"));
  const auto listed = store_->list("l/", "l/0");
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ((*listed)[1].key, "l/2");
  EXPECT_EQ((*listed)[1].size, 6u);
  EXPECT_EQ(asked_[0].query.get("start-after"), "pre/l/0");
  EXPECT_EQ(asked_[1].query.get("continuation-token"), "a+b=");
  answers_.push_back(http::Response::text(200, "<html>"));
  EXPECT_EQ(store_->list("l/").error().code, Code::kUnavailable);
}

TEST_F(S3StoreTest, AbortsWhatWasNeverCommitted) {
  answers_.push_back(http::Response::text(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"));
  {
    auto writer = store_->create("k");
    ASSERT_TRUE((*writer)->append(std::string(9 << 20, 'x')));
  }
  ASSERT_EQ(asked_.size(), 3u);
  EXPECT_EQ(asked_[1].query.get("partNumber"), "1");
  EXPECT_EQ(asked_[1].body.size(), 8u << 20);
  EXPECT_EQ(asked_[2].method, http::Method::kDelete);
  EXPECT_EQ(asked_[2].query.get("uploadId"), "u1");
}

TEST_F(S3StoreTest, AFailureBehindAnOkIsAFailure) {
  answers_.push_back(http::Response::text(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"));
  answers_.push_back(http::Response::text(200, ""));
  answers_.push_back(http::Response::text(200, ""));
  answers_.push_back(error(200, "InternalError"));
  auto writer = store_->create("k");
  ASSERT_TRUE((*writer)->append(std::string(9 << 20, 'x')));
  EXPECT_EQ((*writer)->commit().error().message, "the store cannot put an object together (InternalError): s3://bucket/pre/k");
}

TEST_F(S3StoreTest, NobodyThere) {
  server_->stop(Duration::seconds(1));
  const auto put = store_->put("k", "v");
  EXPECT_EQ(put.error().code, Code::kUnavailable);
  EXPECT_EQ(put.error().message.find("hidden-secret"), std::string::npos);
}

}  // namespace
}  // namespace isobar::object_store
