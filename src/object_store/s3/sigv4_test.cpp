// The examples of AWS: "Signature calculations for the Authorization header", Amazon S3 API reference.
#include "object_store/s3/sigv4.h"

namespace isobar::object_store {
namespace {

constexpr Timestamp kTime{1'369'353'600'000};  // 2013-05-24T00:00:00Z
constexpr const char* kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

SigningKey example_key() { return {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3"}; }

RequestToSign example(std::string method, std::string path, NameValues query, NameValues more, std::string hash = kEmptyHash) {
  RequestToSign request{std::move(method), std::move(path), std::move(query), std::move(more), hash};
  request.headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-content-sha256", hash);
  request.headers.emplace_back("x-amz-date", amz_date(kTime));
  return request;
}

std::string signature_of(const RequestToSign& request) {
  const std::string value = authorization(request, example_key(), kTime);
  return value.substr(value.find("Signature=") + 10);
}

TEST(SigV4, GetObject) {
  const RequestToSign request = example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}});
  EXPECT_EQ(sha256_hex(canonical_request(request)), "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
  EXPECT_EQ(authorization(request, example_key(), kTime),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, PutObject) {
  const std::string hash = sha256_hex("Welcome to Amazon S3.");
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  EXPECT_EQ(signature_of(example("PUT", "/" + uri_encode("test$file.text", true), {},
                                 {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}, hash)),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, BucketLifecycle) {
  EXPECT_EQ(signature_of(example("GET", "/", {{"lifecycle", ""}}, {})), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4, ListObjects) {
  EXPECT_EQ(signature_of(example("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {})),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4, EncodesStrictly) {
  EXPECT_EQ(uri_encode("a b+c=d/e~é", false), "a%20b%2Bc%3Dd%2Fe~%C3%A9");
  EXPECT_EQ(uri_encode("a/b", true), "a/b");
  EXPECT_EQ(canonical_query({{"uploads", ""}, {"prefix", "a/b c"}, {"X", "1"}}), "X=1&prefix=a%2Fb%20c&uploads=");
}

TEST(SigV4, TrimsAndSortsHeaders) {
  const RequestToSign request{"GET", "/", {}, {{"x-b", "  a   b "}, {"host", "h"}}, "hash"};
  EXPECT_EQ(canonical_request(request), "GET\n/\n\nhost:h\nx-b:a b\n\nhost;x-b\nhash");
}

}  // namespace
}  // namespace isobar::object_store
