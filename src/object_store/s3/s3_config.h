// Which bucket, where, and how it is spoken to: what --storage.bucket says. A value.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace isobar::object_store {

struct S3Config {
  std::string bucket;
  std::string prefix;    // of every key, without '/' at its ends; empty: none
  std::string region = "us-east-1";
  std::string endpoint;  // http://127.0.0.1:9000; empty: AWS's of the region
  bool path_style = false;  // bucket in the path and not in the host's name
  std::string sse;          // AES256 or aws:kms; empty: the bucket's own setting
  std::string kms_key;      // with aws:kms; empty: the account's key for S3
  std::string ca_file;      // of an endpoint with a certificate of one's own
  Duration timeout = Duration::seconds(10);  // of one request, and a second more for each megabyte

  bool https() const;
  // "s3://bucket/prefix", for messages.
  std::string name() const;
};

// "s3://bucket/prefix?region=eu-central-1&endpoint=http://127.0.0.1:9000&path_style=true". A custom endpoint means path style
// unless it says otherwise. `default_region`: what AWS_REGION says, if anything. kInvalid says what to write instead.
Result<S3Config> parse_s3_url(std::string_view url, std::string_view default_region = {});

}  // namespace isobar::object_store
