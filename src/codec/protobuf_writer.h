// Writes the protobuf wire format (https://protobuf.dev/programming-guides/encoding), field by field, at the end of a
// string:
//
//   ProtoWriter writer(out);
//   const std::size_t label = writer.begin(1);
//   writer.bytes(1, name);
//   writer.end(label);
//
// As proto3 has it, fields that are zero or empty are left out, except those written with present_… (of a oneof). Not
// thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace isobar {

class ProtoWriter {
 public:
  explicit ProtoWriter(std::string& out) : out_(out) {}

  void varint(std::uint32_t field, std::uint64_t value) {
    if (value != 0) present_varint(field, value);
  }
  void int64(std::uint32_t field, std::int64_t value) { varint(field, static_cast<std::uint64_t>(value)); }
  void sint64(std::uint32_t field, std::int64_t value) { varint(field, zigzag(value)); }
  // -0 is not zero.
  void float64(std::uint32_t field, double value) {
    if (std::bit_cast<std::uint64_t>(value) != 0) present_float64(field, value);
  }
  void bytes(std::uint32_t field, std::string_view value) {
    if (value.empty()) return;
    tag(field, 2);
    put_bytes(out_, value);
  }
  void present_varint(std::uint32_t field, std::uint64_t value) {
    tag(field, 0);
    put_varint(out_, value);
  }
  void present_float64(std::uint32_t field, double value) {
    tag(field, 1);
    put_f64(out_, value);
  }

  // A message, or packed values written to the string itself, stands between begin() and end(), which takes what begin()
  // gave. Also written if it is empty.
  std::size_t begin(std::uint32_t field) {
    tag(field, 2);
    return out_.size();
  }
  void end(std::size_t begun) {
    const std::size_t size = out_.size() - begun;
    char length[10];
    std::size_t digits = 0;
    for (std::size_t rest = size; digits == 0 || rest != 0; rest >>= 7) {
      length[digits++] = static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    }
    out_.insert(begun, length, digits);
  }

 private:
  void tag(std::uint32_t field, unsigned wire) { put_varint(out_, std::uint64_t{field} << 3 | wire); }

  std::string& out_;
};

}  // namespace isobar
