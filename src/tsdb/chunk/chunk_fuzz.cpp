// Any bytes as a chunk's: the first says the encoding, the second how many samples, of a vector the third how long its column
// is, which follows. What can be decoded is packed again, and gives the same samples.
#include <bit>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/protobuf_mutator.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/sample_vector.h"

namespace {

using namespace isobar;

bool same(const model::SampleColumns& a, const model::SampleColumns& b) {
  if (a.timestamps != b.timestamps) return false;
  const auto bits = [](double v) { return std::bit_cast<std::uint64_t>(v); };
  // A column in which nothing is known may be left out.
  const auto start = [](const model::SampleColumns& c, std::size_t i) { return c.start_timestamps.empty() ? 0 : c.start_timestamps[i]; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (start(a, i) != start(b, i) || a.weight(i) != b.weight(i)) return false;
    if (!a.is_histogram(i) && bits(a.sum(i)) != bits(b.sum(i))) return false;
    if (bits(a.values[i]) != bits(b.values[i])) return false;
    if (a.is_histogram(i) && !model::identical(*a.histograms[i], *b.histograms[i])) return false;
  }
  return true;
}

Result<void> decode(tsdb::ChunkEncoding encoding, std::uint32_t count, std::string_view bytes, model::SampleColumns& out) {
  if (!has_column(encoding)) return tsdb::decode_chunk({encoding, count, bytes}, out);
  const std::size_t size = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  if (size >= bytes.size()) return fail(Code::kCorrupt, "no column");
  const std::string_view column = bytes.substr(1, size);
  const std::string_view values = bytes.substr(1 + size);
  return encoding == tsdb::ChunkEncoding::kVector ? tsdb::decode_sample_vector(column, values, count, out)
                                                  : tsdb::decode_weighted_vector(column, values, count, out);
}

// Encoding, number and bytes, as an input has them.
std::string encode(tsdb::ChunkEncoding encoding, const model::SampleColumns& samples) {
  std::string out;
  put_u8(out, static_cast<std::uint8_t>(encoding));
  put_u8(out, static_cast<std::uint8_t>(samples.size()));
  if (has_column(encoding)) {
    std::string column;
    std::string values;
    const auto pack = encoding == tsdb::ChunkEncoding::kVector || samples.weights.empty() ? tsdb::encode_sample_vector : tsdb::encode_weighted_vector;
    pack(samples, 0, samples.size(), column, values);
    if (pack == tsdb::encode_sample_vector) out[0] = static_cast<char>(tsdb::ChunkEncoding::kVector);
    put_u8(out, static_cast<std::uint8_t>(column.size()));
    return column.size() > 255 ? std::string() : out + column + values;
  }
  const bool weights = encoding == tsdb::ChunkEncoding::kWeightedHistogram;
  return out + (encoding == tsdb::ChunkEncoding::kFloatXor ? tsdb::encode_float_chunk(samples, 0, samples.size())
                : weights                                  ? tsdb::encode_weighted_histogram_chunk(samples, 0, samples.size())
                                                           : tsdb::encode_histogram_chunk(samples, 0, samples.size())).bytes;
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
  for (std::size_t i = 0; seed % 4 > 1 && i < samples.size(); ++i) {
    samples.weights.push_back(i % 3 == 2 ? 20 : 1);
    samples.sums.push_back(samples.values[i] * samples.weights[i]);
  }
  using enum tsdb::ChunkEncoding;
  constexpr tsdb::ChunkEncoding kEncodings[] = {kFloatXor, kHistogram, kWeightedVector, kWeightedHistogram, kVector, kHistogram, kWeightedVectorWithoutResets, kHistogram};
  return encode(kEncodings[seed % 8], samples);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto encoding = static_cast<tsdb::ChunkEncoding>(data[0]);
  model::SampleColumns samples;
  if (!decode(encoding, data[1], bytes, samples) || samples.size() == 0) return 0;
  CHECK(samples.size() == data[1]);
  const std::string packed = encode(encoding, samples);
  if (packed.empty()) return 0;  // a column that is too long for this form of input
  model::SampleColumns again;
  CHECK(decode(static_cast<tsdb::ChunkEncoding>(packed[0]), data[1], std::string_view(packed).substr(2), again).has_value());
  CHECK(same(samples, again));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (size > 1 && seed % 512 > 5) return LLVMFuzzerMutate(data, size, max_size);
  std::string input = seed_input(seed);
  mutate_bytes(input);
  return mutated(input, data, size, max_size);
}
