// Any bytes as a chunk of Prometheus: the first says the encoding. What can be decoded and is valid is packed again and
// gives the same samples. Thanos' aggregates give ascending samples that stand for as many as were counted.
#include <bit>

#include "base/check.h"
#include "codec/protobuf_mutator.h"
#include "tsdb/prometheus_block/aggregate_encoder.h"
#include "tsdb/prometheus_block/aggregate_samples.h"

namespace {

using namespace isobar;
using tsdb::prometheus::Encoding;

bool packable(const model::SampleColumns& samples) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples.is_histogram(i) && !model::is_stale_nan(samples.values[i]) && !model::validate(*samples.histograms[i])) return false;
  }
  return true;
}

bool same(const model::SampleColumns& a, const model::SampleColumns& b) {
  if (a.timestamps != b.timestamps) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(a.values[i]) != std::bit_cast<std::uint64_t>(b.values[i])) return false;
    if (a.is_histogram(i) && !model::identical(*a.histograms[i], *b.histograms[i])) return false;
  }
  return true;
}

constexpr std::int64_t kFiveMinutes = 300'000;

void try_aggregates(std::string_view bytes) {
  const auto chunk = tsdb::prometheus::decode_aggregate_chunk(bytes);
  if (!chunk) return;
  std::uint64_t counted = 0;
  for (const auto& window : chunk->windows) counted += window.count;
  model::SampleColumns samples;
  tsdb::prometheus::append_samples(*chunk, {kFiveMinutes}, samples);
  CHECK(samples.size() <= tsdb::prometheus::aggregate_sample_bound(bytes));
  std::uint64_t stood_for = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CHECK(i == 0 || samples.timestamps[i - 1] < samples.timestamps[i]);
    stood_for += samples.weight(i);
  }
  CHECK(stood_for == counted);
}

std::string aggregate_seed(unsigned seed) {
  model::SampleColumns samples;
  for (std::int64_t i = 0; i < 60; ++i) samples.push_float(i * 30'000, seed % 2 == 0 ? static_cast<double>(i % 25) : 1 / static_cast<double>(i + 1));
  return "\xff" + tsdb::prometheus::encode_aggregates(tsdb::prometheus::aggregate(samples, kFiveMinutes));
}

std::string seed_input(unsigned seed) {
  if (seed % 4 == 3) return aggregate_seed(seed / 512);
  model::SampleColumns samples;
  for (std::int64_t i = 0; i < 6; ++i) {
    const double n = static_cast<double>(i);
    auto histogram = std::make_shared<model::Histogram>();
    histogram->is_integer = seed % 3 == 1;
    histogram->schema = seed % 2 == 0 ? std::int8_t{1} : model::kCustomBucketsSchema;
    if (seed % 2 == 1) histogram->custom_values = {0.25, 1.0 / 3, 7};
    histogram->positive_spans = {{0, 1}, {1, 2}};
    histogram->positive_buckets = {n, n * n, 2};
    histogram->count = n + n * n + 2;
    histogram->sum = i == 5 ? model::stale_nan() : n * 1.5;
    if (seed % 3 == 0) samples.push_float(i * 15'000 + i * i * i * 1'000, n * n);
    else samples.push_histogram(i * 15'000, histogram);
  }
  const auto chunk = tsdb::prometheus::encode_chunks(samples)[0];
  return std::string(1, static_cast<char>(chunk.encoding)) + chunk.data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (static_cast<Encoding>(data[0]) == Encoding::kThanosAggregates) {
    try_aggregates(bytes);
    return 0;
  }
  model::SampleColumns samples;
  if (!tsdb::prometheus::decode_chunk(static_cast<Encoding>(data[0]), bytes, samples)) return 0;
  CHECK(samples.size() == tsdb::prometheus::chunk_sample_count(bytes));
  if (!packable(samples)) return 0;
  model::SampleColumns again;
  for (const auto& chunk : tsdb::prometheus::encode_chunks(samples)) {
    CHECK(tsdb::prometheus::decode_chunk(chunk.encoding, chunk.data, again).has_value());
  }
  CHECK(same(samples, again));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (size > 1 && seed % 512 > 5) return LLVMFuzzerMutate(data, size, max_size);
  std::string input = seed_input(seed);
  mutate_bytes(input);
  return mutated(input, data, size, max_size);
}
