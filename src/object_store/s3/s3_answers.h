// The XML that S3 and STS answer. Pure functions; anything that is not what was asked for is kInvalid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "object_store/object_store.h"

namespace isobar::object_store {

inline constexpr std::size_t kMaxAnswerBytes = 16 << 20;

// <Error>: code and message; both empty if it is none.
struct S3Error {
  std::string code;
  std::string message;
};
S3Error parse_s3_error(std::string_view xml);

struct ListPage {
  std::vector<ObjectInfo> objects;  // with the keys as the store has them
  std::string next;                 // the token of the next page; empty: this is the last
};
Result<ListPage> parse_list_objects(std::string_view xml);

struct Upload {
  std::string key;
  std::string id;
};
struct UploadPage {
  std::vector<Upload> uploads;
  bool truncated = false;
};
Result<UploadPage> parse_list_uploads(std::string_view xml);
// The id of <InitiateMultipartUploadResult>.
Result<std::string> parse_upload_id(std::string_view xml);

}  // namespace isobar::object_store
