#include "object_store/s3/s3_config.h"

namespace isobar::object_store {
namespace {

TEST(S3Config, ReadsBucketPrefixAndParameters) {
  const auto plain = parse_s3_url("s3://my-bucket");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->bucket, "my-bucket");
  EXPECT_EQ(plain->prefix, "");
  EXPECT_EQ(plain->region, "us-east-1");
  EXPECT_FALSE(plain->path_style);
  EXPECT_TRUE(plain->https());
  EXPECT_EQ(parse_s3_url("s3://my-bucket", "eu-west-1")->region, "eu-west-1");
  const auto full = parse_s3_url("s3://my-bucket/a/b/?region=eu-central-1&endpoint=http%3A%2F%2F127.0.0.1:9000/&sse=aws:kms&kms_key=arn:x/y&timeout_seconds=3");
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->prefix, "a/b");
  EXPECT_EQ(full->endpoint, "http://127.0.0.1:9000");
  EXPECT_TRUE(full->path_style);
  EXPECT_FALSE(full->https());
  EXPECT_EQ(full->kms_key, "arn:x/y");
  EXPECT_EQ(full->timeout, Duration::seconds(3));
  EXPECT_EQ(full->name(), "s3://my-bucket/a/b");
  EXPECT_FALSE(parse_s3_url("s3://my-bucket?endpoint=https://s3.example.org&path_style=false")->path_style);
  EXPECT_EQ(parse_s3_url("s3://my-bucket?kms_key=k")->sse, "aws:kms");
}

TEST(S3Config, SaysWhatToWriteInstead) {
  const auto error = [](std::string_view url) { return parse_s3_url(url).error().message; };
  EXPECT_EQ(error("my-bucket?secret=x"), "a bucket is written s3://bucket/prefix: my-bucket");
  EXPECT_EQ(error("s3://My_Bucket"), "a bucket's name has 3 to 63 of a-z, 0-9, '-' and '.'; write s3://bucket/prefix: My_Bucket");
  EXPECT_EQ(error("s3://bucket/a b"), "the prefix of a bucket has letters, digits and '-', '.', '_' between single '/': a b");
  EXPECT_EQ(error("s3://bucket?regoin=x"), "unknown parameter of a bucket, did you mean region: regoin");
  EXPECT_EQ(error("s3://bucket?region"), "a parameter of a bucket is written name=value: region");
  EXPECT_EQ(error("s3://bucket?endpoint=127.0.0.1:9000"), "the endpoint of a bucket begins with http:// or https://: 127.0.0.1:9000");
  EXPECT_EQ(error("s3://bucket?path_style=yes"), "path_style of a bucket is true or false: yes");
  EXPECT_EQ(error("s3://bucket?sse=aes"), "sse of a bucket is AES256 or aws:kms: aes");
  EXPECT_EQ(error("s3://bucket?timeout_seconds=0"), "timeout_seconds of a bucket is a number from 1 to 600: 0");
}

}  // namespace
}  // namespace isobar::object_store
