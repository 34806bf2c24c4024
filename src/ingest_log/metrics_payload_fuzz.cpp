// Any bytes as a payload of either version, and as label sets inside a payload that is whole around them: the
// first byte counts the series, the second the bytes of their label sets, the third those of the differences,
// which follow; then the rest of the payload.
#include "base/bytes.h"
#include "base/check.h"
#include "codec/compression.h"
#include "codec/protobuf_mutator.h"
#include "ingest_log/metrics_payload.h"
#include "ingest_log/record.h"

namespace {

using namespace isobar;

// Whatever was decoded can be written again, as a freeze of the head does.
void use(const ingest_log::MetricsPayload& payload) {
  for (const std::string_view series : payload.series()) (void)model::Labels::parse_canonical(series);
  for (const auto& sample : payload.histograms()) {
    std::string bytes;
    model::encode_histogram(bytes, *sample.histogram);
    std::string_view in = bytes;
    const auto back = model::decode_histogram(in);
    CHECK(back.has_value() && in.empty() && model::identical(*sample.histogram, *back));
  }
  for (const auto& sample : payload.exemplars()) (void)sample.exemplar.labels.to_string();
}

std::string seed_input() {
  const model::Labels labels{{"__name__", "m"}, {"a", "b"}};
  const model::Labels other{{"__name__", "n"}};
  model::WriteBatch batch;
  for (const model::Labels* l : {&labels, &other}) batch.add_series(l->encoded());
  batch.floats = {{0, 1000, 1.5, 0}, {0, 2000, 2.5, 10}, {1, 1000, 3, 0}};
  auto integer = std::make_shared<model::Histogram>();
  integer->is_integer = true;
  integer->count = 3;
  integer->positive_spans = {{-1, 1}, {2, 1}};
  integer->positive_buckets = {1, 2};
  auto custom = std::make_shared<model::Histogram>();
  custom->schema = model::kCustomBucketsSchema;
  custom->custom_values = {1, 2};
  custom->positive_spans = {{0, 1}};
  custom->positive_buckets = {0.5};
  batch.histograms = {{0, 3000, integer, 0}, {1, 3000, custom, 5}};
  batch.exemplars = {{1, {{{"trace_id", "x"}}, 7, {999}}}};
  batch.metadata = {{"m", model::MetricType::kCounter, "help", "s"}};
  const ingest_log::MetricsPayloadEncoder::Selection all{{0, 1}, {0, 1, 2}, {0, 1}, {0}, {0}};
  std::string payload;
  ingest_log::MetricsPayloadEncoder().encode(batch, all, payload);
  ByteReader in(payload);
  const std::uint64_t count = in.varint();
  const std::uint64_t label_bytes = in.varint();
  const std::uint64_t size = in.varint();
  const std::string differences = *codec::lz4_decompress(in.bytes(), size);
  std::string out;
  put_u8(out, static_cast<std::uint8_t>(count));
  put_u8(out, static_cast<std::uint8_t>(label_bytes));
  put_u8(out, static_cast<std::uint8_t>(size));
  return out + differences + std::string(in.take(in.remaining()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  ingest_log::MetricsPayload payload;
  (void)ingest_log::decode_record(input);
  if (payload.decode(input)) use(payload);
  if (payload.decode(input, 1)) use(payload);
  if (size < 3) return 0;
  const std::string_view differences = input.substr(3, data[2]);
  const std::string_view rest = input.substr(3 + differences.size());
  std::string whole;
  put_varint(whole, data[0]);
  std::string old = whole;
  put_varint(whole, data[1]);
  for (std::string* payload_bytes : {&whole, &old}) {
    put_varint(*payload_bytes, differences.size());
    put_bytes(*payload_bytes, codec::lz4_compress(differences));
    payload_bytes->append(rest);
  }
  if (payload.decode(whole)) use(payload);
  if (payload.decode(old, 1)) use(payload);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (size > 2 && seed % 512 != 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string input = seed_input();
  mutate_bytes(input);
  return mutated(input, data, size, max_size);
}
