// Start timestamps in chunks of the newer encodings: they follow each sample, and a header of one byte says whether the
// first sample has one and from which sample on they change. Source: tsdb/chunkenc/xor2.go of prometheus/prometheus.
// Not thread-safe.
#pragma once

#include <cstdint>

#include "tsdb/prometheus_block/bit_stream.h"

namespace isobar::tsdb::prometheus {

class StartTimes {
 public:
  explicit StartTimes(std::uint8_t header) : first_known_((header & 0x80) != 0), changes_from_(header & 0x7f) {}

  // What stands behind sample number `index`; 0 means unknown.
  std::int64_t read(BitReader& in, std::uint32_t index, std::int64_t time, std::int64_t time_before) {
    if (index == 0) {
      if (first_known_) start_ = static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(in.zigzag_varint());
    } else if (changes_from_ > 0 && index >= changes_from_) {
      const auto told = static_cast<std::uint64_t>(in.varbit());
      distance_ = index == changes_from_ ? told : distance_ + told;
      start_ = static_cast<std::uint64_t>(time_before) - distance_;
    }
    return static_cast<std::int64_t>(start_);
  }

 private:
  bool first_known_;
  std::uint32_t changes_from_;
  std::uint64_t start_ = 0;
  std::uint64_t distance_ = 0;  // to the time of the sample before
};

}  // namespace isobar::tsdb::prometheus
