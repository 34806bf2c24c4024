#include "tsdb/prometheus_block/bit_stream.h"

#include <algorithm>

#include "base/bytes.h"

namespace isobar::tsdb::prometheus {
namespace {

// By the number of ones in front; the last needs no zero behind the ones.
constexpr unsigned kVarbitWidths[] = {0, 3, 6, 9, 12, 18, 25, 56, 64};
constexpr unsigned kLongestPrefix = 8;

void put_prefix(BitWriter& out, unsigned ones) {
  const std::uint64_t all = (1ULL << ones) - 1;
  if (ones == kLongestPrefix) out.bits(all, ones);
  else out.bits(all << 1, ones + 1);
}

}  // namespace

std::uint64_t BitReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = bits(8);
    if (!ok_) return 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  set_failed();
  return 0;
}

std::int64_t BitReader::zigzag_varint() { return unzigzag(varint()); }

unsigned BitReader::varbit_width() {
  unsigned ones = 0;
  while (ones < kLongestPrefix && bit()) ++ones;
  return kVarbitWidths[ones];
}

std::int64_t BitReader::varbit() { return shifted(varbit_width()); }
std::uint64_t BitReader::varbit_unsigned() { return bits(varbit_width()); }

std::int64_t BitReader::twos_complement(unsigned count) {
  return static_cast<std::int64_t>(bits(count) << (64 - count)) >> (64 - count);
}

std::int64_t BitReader::shifted(unsigned count) {
  const std::uint64_t raw = bits(count);
  const bool negative = count > 0 && count < 64 && raw > (1ULL << (count - 1));
  return static_cast<std::int64_t>(negative ? raw - (1ULL << count) : raw);
}

void BitWriter::bits(std::uint64_t value, unsigned count) {
  while (count > 0) {
    if (free_ == 0) {
      bytes_.push_back('\0');
      free_ = 8;
    }
    const unsigned now = std::min(free_, count);
    const std::uint64_t part = (value >> (count - now)) & ((1ULL << now) - 1);
    bytes_.back() = static_cast<char>(static_cast<std::uint8_t>(bytes_.back()) | (part << (free_ - now)));
    free_ -= now;
    count -= now;
  }
}

void BitWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bits((value & 0x7f) | 0x80, 8);
  bits(value, 8);
}

void BitWriter::zigzag_varint(std::int64_t value) { varint(zigzag(value)); }

bool BitWriter::fits(std::int64_t value, unsigned count) {
  if (count == 0) return value == 0;
  if (count == 64) return true;
  const std::int64_t greatest = std::int64_t{1} << (count - 1);
  return value > -greatest && value <= greatest;
}

void BitWriter::varbit(std::int64_t value) {
  unsigned ones = 0;
  while (!fits(value, kVarbitWidths[ones])) ++ones;
  put_prefix(*this, ones);
  bits(static_cast<std::uint64_t>(value), kVarbitWidths[ones]);
}

void BitWriter::varbit_unsigned(std::uint64_t value) {
  unsigned ones = 0;
  while (static_cast<unsigned>(std::bit_width(value)) > kVarbitWidths[ones]) ++ones;
  put_prefix(*this, ones);
  bits(value, kVarbitWidths[ones]);
}

void XorField::first(BitWriter& out, double value) {
  last_ = std::bit_cast<std::uint64_t>(value);
  out.bits(last_, 64);
}

void XorField::next(BitWriter& out, double value) {
  const auto now = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t change = now ^ last_;
  last_ = now;
  out.bit(change != 0);
  if (change == 0) return;
  const unsigned leading = std::min(31U, static_cast<unsigned>(std::countl_zero(change)));
  const auto trailing = static_cast<unsigned>(std::countr_zero(change));
  const bool inside = leading_ != kNoWindow && leading >= leading_ && trailing >= trailing_;
  out.bit(!inside);
  if (!inside) {
    leading_ = leading;
    trailing_ = trailing;
    out.bits(leading, 5);
    out.bits(64 - leading - trailing, 6);  // 64 does not fit and is read back from its lowest bits, 0
  }
  out.bits(change >> trailing_, 64 - leading_ - trailing_);
}

double XorField::first(BitReader& in) {
  last_ = in.bits(64);
  return std::bit_cast<double>(last_);
}

double XorField::next(BitReader& in) {
  if (!in.bit()) return last();
  return in.bit() ? in_new_window(in) : in_window(in);
}

double XorField::in_window(BitReader& in) {
  if (leading_ == kNoWindow) {
    in.set_failed();
    return last();
  }
  last_ ^= in.bits(64 - leading_ - trailing_) << trailing_;
  return last();
}

double XorField::in_new_window(BitReader& in) {
  const auto leading = static_cast<unsigned>(in.bits(5));
  const auto told = static_cast<unsigned>(in.bits(6));
  const unsigned width = told == 0 ? 64 : told;
  if (leading + width > 64) {
    in.set_failed();
    return last();
  }
  leading_ = leading;
  trailing_ = 64 - leading - width;
  return in_window(in);
}

}  // namespace isobar::tsdb::prometheus
