// A packed run of samples: float chunks (timestamps and values XOR-coded, after "Gorilla", VLDB 2015) and histogram
// chunks. Bytes are the same in memory and in blocks; format: docs/formats/metrics_block.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/sample.h"

namespace isobar::tsdb {

enum class ChunkEncoding : std::uint8_t { kFloatXor = 1, kHistogram = 2, kVector = 3 };

struct Chunk {
  ChunkEncoding encoding = ChunkEncoding::kFloatXor;
  std::uint32_t count = 0;
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
  std::string bytes;
};

// A view of a chunk that somebody else owns.
struct ChunkView {
  ChunkEncoding encoding;
  std::uint32_t count;
  std::string_view bytes;
};

// Appends all samples of the chunk; vectors have two parts (sample_vector.h) and are refused here. kCorrupt if the bytes do not hold `count` samples. Bounded by the bytes given.
Result<void> decode_chunk(const ChunkView& chunk, model::SampleColumns& out);

// Packs floats one by one; timestamps must ascend. About 70 bytes plus what it packs. Not thread-safe; `snapshot`
// copies what is there, so it may be taken between appends and kept.
class FloatChunkBuilder {
 public:
  void append(std::int64_t timestamp, double value, std::int64_t start_timestamp);
  std::uint32_t count() const { return count_; }
  std::size_t capacity_bytes() const { return bits_.capacity() + starts_capacity(); }
  Chunk snapshot() const;
  // As snapshot, and starts anew.
  Chunk finish();
  double last_value() const;

 private:
  struct Starts {
    std::string bytes;
    std::int64_t last = 0;
  };
  std::size_t starts_capacity() const { return starts_ ? sizeof(Starts) + starts_->bytes.capacity() : 0; }
  void put_bits(std::uint64_t value, unsigned count);
  void append_time(std::int64_t timestamp);
  void append_value(std::uint64_t bits);

  std::string bits_;
  std::unique_ptr<Starts> starts_;  // only once a start timestamp is known
  std::int64_t min_time_ = 0;
  std::int64_t last_time_ = 0;
  std::uint64_t last_delta_ = 0;
  std::uint64_t last_bits_ = 0;
  std::uint32_t count_ = 0;
  std::uint8_t free_bits_ = 0;  // in the last byte
  std::uint8_t leading_ = 0xff;
  std::uint8_t trailing_ = 0;
};

// Packs histogram samples [from, to) of `samples`, which must all be histograms.
Chunk encode_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to);
// Packs float samples [from, to).
Chunk encode_float_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to);

}  // namespace isobar::tsdb
