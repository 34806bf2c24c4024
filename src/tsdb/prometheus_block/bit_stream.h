// Bit streams of Prometheus chunks, from the highest bit of each byte down, and the three codes in them: varints on byte
// groups, varbit integers and XORed doubles. Source: chunks.md of prometheus/prometheus and the code it links to.
// Not thread-safe.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace isobar::tsdb::prometheus {

// Never reads past its bytes: after a short read ok() is false for good and every read gives zero.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  void set_failed() {
    ok_ = false;
    at_ = bytes_.size() * 8;
  }
  std::uint64_t remaining() const { return bytes_.size() * 8 - at_; }

  bool bit() { return bits(1) != 0; }
  // The next `count` bits, 0 to 64, as an integer.
  std::uint64_t bits(unsigned count) {
    if (count > remaining()) {
      set_failed();
      return 0;
    }
    if (count == 0) return 0;
    const std::size_t byte = at_ / 8;
    const auto skip = static_cast<unsigned>(at_ % 8);
    std::uint64_t word = load(byte) << skip;
    if (skip + count > 64) word |= std::uint64_t{static_cast<std::uint8_t>(bytes_[byte + 8])} >> (8 - skip);
    at_ += count;
    return word >> (64 - count);
  }
  double f64() { return std::bit_cast<double>(bits(64)); }
  std::uint64_t varint();
  std::int64_t zigzag_varint();
  // Signed and unsigned integers behind a prefix of 0 to 8 ones that says how many bits follow.
  std::int64_t varbit();
  std::uint64_t varbit_unsigned();
  // Two's complement of `count` bits, 1 to 64.
  std::int64_t twos_complement(unsigned count);
  // The same of `count` bits whose greatest value is 2^(count-1), not one less.
  std::int64_t shifted(unsigned count);

 private:
  // Eight bytes from `byte` on, zeros behind the end.
  std::uint64_t load(std::size_t byte) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + byte, bytes_.size() - byte < 8 ? bytes_.size() - byte : 8);
    return __builtin_bswap64(word);
  }
  unsigned varbit_width();

  std::string_view bytes_;
  std::uint64_t at_ = 0;
  bool ok_ = true;
};

class BitWriter {
 public:
  void bit(bool value) { bits(value ? 1 : 0, 1); }
  // The lowest `count` bits of `value`, 0 to 64.
  void bits(std::uint64_t value, unsigned count);
  void f64(double value) { bits(std::bit_cast<std::uint64_t>(value), 64); }
  void varint(std::uint64_t value);
  void zigzag_varint(std::int64_t value);
  void varbit(std::int64_t value);
  void varbit_unsigned(std::uint64_t value);
  // Whether shifted(count) can hold `value`.
  static bool fits(std::int64_t value, unsigned count);

  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
  unsigned free_ = 0;  // bits in the last byte
};

// A double as the XOR with the one before ("Gorilla", VLDB 2015; at most 31 leading zeros are told). One for each field.
class XorField {
 public:
  void first(BitWriter& out, double value);
  void next(BitWriter& out, double value);
  double first(BitReader& in);
  double next(BitReader& in);
  // The parts of next(), for an encoding that tells them otherwise: the bits in the window before, or in a new one.
  double in_window(BitReader& in);
  double in_new_window(BitReader& in);
  double last() const { return std::bit_cast<double>(last_); }
  void set_last(double value) { last_ = std::bit_cast<std::uint64_t>(value); }

 private:
  static constexpr unsigned kNoWindow = 0xff;
  std::uint64_t last_ = 0;
  unsigned leading_ = kNoWindow;
  unsigned trailing_ = 0;
};

}  // namespace isobar::tsdb::prometheus
