// Any bytes as a chunk's: the first says the encoding, the second how many samples. What can be decoded is packed again,
// and gives the same samples.
#include <bit>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/protobuf_mutator.h"
#include "tsdb/chunk/chunk.h"

namespace {

using namespace isobar;

bool same(const model::SampleColumns& a, const model::SampleColumns& b) {
  if (a.timestamps != b.timestamps || a.start_timestamps != b.start_timestamps) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(a.values[i]) != std::bit_cast<std::uint64_t>(b.values[i])) return false;
    if (a.is_histogram(i) && !model::identical(*a.histograms[i], *b.histograms[i])) return false;
  }
  return true;
}

std::string seed_input(unsigned seed) {
  model::SampleColumns samples;
  auto histogram = std::make_shared<model::Histogram>();
  histogram->is_integer = true;
  histogram->positive_spans = {{-1, 1}, {2, 1}};
  histogram->positive_buckets = {1, 2};
  for (std::int64_t i = 0; i < 6; ++i) {
    const std::int64_t start = seed % 3 == 0 && i > 3 ? 5 : 0;
    if (seed % 2 == 0) samples.push_float(i * 15'000 + i * i * i * 1'000, static_cast<double>(i * i), start);
    if (seed % 2 == 1) samples.push_histogram(i * 15'000, histogram, start);
  }
  const tsdb::Chunk chunk = seed % 2 == 0 ? tsdb::encode_float_chunk(samples, 0, samples.size())
                                          : tsdb::encode_histogram_chunk(samples, 0, samples.size());
  std::string out;
  put_u8(out, static_cast<std::uint8_t>(chunk.encoding));
  put_u8(out, static_cast<std::uint8_t>(chunk.count));
  return out + chunk.bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto encoding = static_cast<tsdb::ChunkEncoding>(data[0]);
  model::SampleColumns samples;
  if (!tsdb::decode_chunk({encoding, data[1], bytes}, samples) || samples.size() == 0) return 0;
  CHECK(samples.size() == data[1]);
  const tsdb::Chunk chunk = encoding == tsdb::ChunkEncoding::kFloatXor
                                ? tsdb::encode_float_chunk(samples, 0, samples.size())
                                : tsdb::encode_histogram_chunk(samples, 0, samples.size());
  model::SampleColumns again;
  CHECK(tsdb::decode_chunk({chunk.encoding, chunk.count, chunk.bytes}, again).has_value());
  CHECK(same(samples, again));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (size > 1 && seed % 512 > 5) return LLVMFuzzerMutate(data, size, max_size);
  std::string input = seed_input(seed);
  mutate_bytes(input);
  return mutated(input, data, size, max_size);
}
