// Remote read requests decoded through libprotobuf, slowly and plainly, to hold our parser against.
#pragma once

#include <string>
#include <string_view>

namespace isobar::protobuf {

struct ReadRequestComparison {
  bool ours_accepts = false;
  bool reference_accepts = false;
  std::string difference;  // empty: both agree, or differ where they may
};

// Parses `body` with both. Where ours accepts, the reference must accept and see the same. Allowed differences:
//   - Ours refuses more: groups, known fields of another wire type, matchers that are none, too many of them.
//   - Ours reads tags and lengths of up to ten bytes, libprotobuf of up to five.
ReadRequestComparison compare_read_request(std::string_view body);

}  // namespace isobar::protobuf
