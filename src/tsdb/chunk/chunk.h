// A packed run of samples: float chunks (timestamps and values XOR-coded, after "Gorilla", VLDB 2015) and histogram
// chunks. Bytes are the same in memory and in blocks; format: docs/formats/metrics_block.md.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/recycling_arena.h"
#include "base/result.h"
#include "model/sample.h"

namespace isobar::tsdb {

enum class ChunkEncoding : std::uint8_t {
  kFloatXor = 1,
  kHistogram = 2,
  kVector = 3,
  // Downsampled: samples with weights.
  kWeightedVector = 4,
  kWeightedVectorWithoutResets = 5,  // their neighbours may be missing
  kWeightedHistogram = 6,
};
// Vectors have a column beside their body, which holds the timestamps.
constexpr bool has_column(ChunkEncoding encoding) {
  return encoding == ChunkEncoding::kVector || encoding == ChunkEncoding::kWeightedVector || encoding == ChunkEncoding::kWeightedVectorWithoutResets;
}

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

// Packs floats one by one; timestamps must ascend. 48 bytes, and its bits in an arena, which every call gets: in segments
// of 32 bytes and more that are linked backwards, so that growing copies nothing and leaves nothing behind. Not
// thread-safe; `snapshot` copies what is there, so it may be taken between appends and kept.
class FloatChunkBuilder {
 public:
  static constexpr std::uint32_t kMaxSamples = 255;

  void append(RecyclingArena& arena, std::int64_t timestamp, double value, std::int64_t start_timestamp);
  std::uint32_t count() const { return count_; }
  std::int64_t min_time() const;  // of at least one sample
  std::int64_t max_time() const { return last_time_; }
  double last_value() const { return std::bit_cast<double>(last_bits_); }
  // Asks for the memory that the next append() will write.
  void prefetch() const { __builtin_prefetch(at_); }
  // Outside of the arena.
  std::size_t heap_bytes() const { return starts_ ? sizeof(Starts) + starts_->bytes.capacity() : 0; }
  // Appends all samples.
  void read(model::SampleColumns& out) const;
  Chunk snapshot() const;
  // Gives the bits back to the arena and starts anew.
  void clear(RecyclingArena& arena);

 private:
  struct Starts {
    std::string bytes;
    std::int64_t last = 0;
  };
  void put_bits(RecyclingArena& arena, std::uint64_t value, unsigned count);
  void put_byte(RecyclingArena& arena, char byte);
  void next_segment(RecyclingArena& arena);
  char* segment_begin() const;  // of the last one
  void copy_bits(char* to) const;
  void append_time(RecyclingArena& arena, std::int64_t timestamp);
  void append_value(RecyclingArena& arena, std::uint64_t bits);
  void append_start(std::int64_t start_timestamp);

  char* at_ = nullptr;  // where the next byte goes
  std::unique_ptr<Starts> starts_;  // only once a start timestamp is known
  std::int64_t last_time_ = 0;
  std::uint64_t last_delta_ = 0;
  std::uint64_t last_bits_ = 0;
  std::uint16_t size_ = 0;    // bytes in all segments
  std::uint8_t count_ = 0;
  std::uint8_t segment_ = 0;  // number of the last one
  std::uint8_t room_ = 0;     // bytes left in it
  std::uint8_t free_bits_ = 0;  // in the last byte
  std::uint8_t leading_ = 0xff;
  std::uint8_t trailing_ = 0;
};

// Packs histogram samples [from, to) of `samples`, which must all be histograms.
Chunk encode_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to);
// Those with weights; at most 1,024.
Chunk encode_weighted_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to);
// Packs float samples [from, to), at most FloatChunkBuilder::kMaxSamples.
Chunk encode_float_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to);

}  // namespace isobar::tsdb
