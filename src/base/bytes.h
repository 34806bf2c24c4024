// Little-endian fixed-width integers and LEB128 varints, written to a std::string and read from a string_view.
//
// ByteReader never reads past its view: after a short read `ok()` is false for good and every later read gives zero,
// so a parser may check once at the end of a section. Not thread-safe; views must outlive the reader.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace isobar {

static_assert(std::endian::native == std::endian::little, "formats are little-endian; a big-endian port must swap here");

inline void put_u8(std::string& out, std::uint8_t v) { out.push_back(static_cast<char>(v)); }
template <class T>
inline void put_fixed(std::string& out, T v) {
  char raw[sizeof(T)];
  std::memcpy(raw, &v, sizeof(T));
  out.append(raw, sizeof(T));
}
inline void put_u32(std::string& out, std::uint32_t v) { put_fixed(out, v); }
inline void put_u64(std::string& out, std::uint64_t v) { put_fixed(out, v); }
inline void put_f64(std::string& out, double v) { put_fixed(out, v); }

inline void put_varint(std::string& out, std::uint64_t v) {
  char raw[10];
  std::size_t n = 0;
  while (v >= 0x80) {
    raw[n++] = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  raw[n++] = static_cast<char>(v);
  out.append(raw, n);
}
constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}
inline void put_zigzag(std::string& out, std::int64_t v) { put_varint(out, zigzag(v)); }
inline void put_bytes(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out.append(bytes);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  const char* position() const { return at_; }
  void set_failed() {
    ok_ = false;
    at_ = end_;
  }

  template <class T>
  T fixed() {
    T v{};
    if (remaining() < sizeof(T)) {
      set_failed();
      return v;
    }
    std::memcpy(&v, at_, sizeof(T));
    at_ += sizeof(T);
    return v;
  }
  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  double f64() { return fixed<double>(); }

  std::uint64_t varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) return static_cast<std::uint8_t>(*at_++);
    return varint_slow();
  }
  // The same, for numbers that mostly take two bytes or one.
  std::uint64_t short_varint() {
    if (remaining() >= 2) {
      const std::uint64_t low = static_cast<std::uint8_t>(at_[0]), high = static_cast<std::uint8_t>(at_[1]);
      if (low < 0x80) {
        ++at_;
        return low;
      }
      if (high < 0x80) {
        at_ += 2;
        return (low & 0x7f) | high << 7;
      }
    }
    return varint();
  }
  std::int64_t zigzag_varint() { return unzigzag(varint()); }

  // `size` bytes as a view into the underlying buffer.
  std::string_view take(std::uint64_t size) {
    if (size > remaining()) {
      set_failed();
      return {};
    }
    const std::string_view view(at_, static_cast<std::size_t>(size));
    at_ += size;
    return view;
  }
  // A varint length, then that many bytes.
  std::string_view bytes() { return take(varint()); }
  // A varint that counts items which take at least `min_item_bytes` each: bounded before anything is allocated.
  std::size_t count(std::size_t min_item_bytes) {
    const std::uint64_t n = varint();
    if (n > remaining() / (min_item_bytes == 0 ? 1 : min_item_bytes)) {
      set_failed();
      return 0;
    }
    return static_cast<std::size_t>(n);
  }

 private:
  std::uint64_t varint_slow() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const auto byte = static_cast<std::uint8_t>(*at_++);
      v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    set_failed();
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace isobar
