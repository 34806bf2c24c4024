// Reads the protobuf wire format (https://protobuf.dev/programming-guides/encoding), field by field, without copying:
//
//   for (ProtoReader reader(bytes); reader.next();) {
//     switch (reader.field()) {
//       case 1: name = reader.bytes(); break;
//       default: break;  // unread fields are skipped
//     }
//   }
//
// A field read as another type than it has gives zero or an empty view and sets failed(), as do bytes that end early.
// After a failure next() is false. Groups are refused. Not thread-safe; views live as long as the bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace isobar {

class ProtoReader {
 public:
  enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  explicit ProtoReader(std::string_view bytes) : reader_(bytes) {}

  // Moves to the next field; false at the end and after a failure.
  bool next() {
    if (reader_.at_end() || !reader_.ok()) return false;
    const std::uint64_t tag = reader_.varint();
    const auto wire = static_cast<unsigned>(tag & 7);
    field_ = static_cast<std::uint32_t>(tag >> 3);
    wire_ = static_cast<Wire>(wire);
    switch (wire) {
      case 0: number_ = reader_.varint(); break;
      case 1: number_ = reader_.u64(); break;
      case 2: bytes_ = reader_.bytes(); break;
      case 5: number_ = reader_.u32(); break;
      default: reader_.set_failed();
    }
    if (field_ == 0 || tag >> 32 != 0) reader_.set_failed();
    return reader_.ok();
  }
  bool failed() const { return !reader_.ok(); }

  std::uint32_t field() const { return field_; }
  Wire wire() const { return wire_; }

  std::uint64_t varint() { return expect(Wire::kVarint) ? number_ : 0; }
  std::int64_t int64() { return static_cast<std::int64_t>(varint()); }
  std::int32_t int32() { return static_cast<std::int32_t>(varint()); }
  std::int64_t sint64() { return unzigzag(varint()); }
  std::uint64_t fixed64() { return expect(Wire::kFixed64) ? number_ : 0; }
  std::int64_t sfixed64() { return static_cast<std::int64_t>(fixed64()); }
  double float64() { return std::bit_cast<double>(fixed64()); }
  std::string_view bytes() { return expect(Wire::kBytes) ? bytes_ : std::string_view(); }

 private:
  bool expect(Wire wire) {
    if (wire_ == wire) return true;
    reader_.set_failed();
    return false;
  }

  ByteReader reader_;
  std::uint32_t field_ = 0;
  Wire wire_ = Wire::kVarint;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
};

}  // namespace isobar
