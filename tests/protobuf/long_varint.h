// Where ours and libprotobuf may differ in what they refuse. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace isobar::protobuf {

// Five bytes in a row with the top bit set may be a tag or length that libprotobuf finds too long.
inline bool may_hold_long_varint(std::string_view body) {
  std::size_t run = 0;
  for (const char c : body) {
    run = static_cast<unsigned char>(c) >= 0x80 ? run + 1 : 0;
    if (run >= 5) return true;
  }
  return false;
}

}  // namespace isobar::protobuf
