// AWS Signature Version 4 in the Authorization header (docs.aws.amazon.com, "Signature Version 4 signing process" and, for
// S3, "Authenticating requests: using the Authorization header"). Pure functions; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace isobar::object_store {

using NameValues = std::vector<std::pair<std::string, std::string>>;

struct SigningKey {
  std::string access_key_id;
  std::string secret_access_key;
  std::string region;
  std::string service = "s3";
};

struct RequestToSign {
  std::string method;
  std::string encoded_path;  // as it is sent: "/bucket/a%20b"
  NameValues query;          // names and values before encoding
  NameValues headers;        // all that are to be signed, names in lower case; host and x-amz-date among them
  std::string payload_hash;  // also the value of x-amz-content-sha256 in S3
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// Everything but unreserved characters (RFC 3986) as %XX in capitals.
std::string uri_encode(std::string_view text, bool keep_slash);
// Encoded and sorted as it has to be signed, and so as it is sent.
std::string canonical_query(const NameValues& query);
std::string canonical_request(const RequestToSign& request);
// The value of the Authorization header.
std::string authorization(const RequestToSign& request, const SigningKey& key, Timestamp time);

// 20130524T000000Z
std::string amz_date(Timestamp time);
// Lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

}  // namespace isobar::object_store
