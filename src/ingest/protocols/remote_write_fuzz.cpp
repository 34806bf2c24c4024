// The decoder against libprotobuf: the first byte chooses the version, the rest is the body. What it lets through must
// do no harm further in either: validated histograms go through the arithmetic of queries and the encoding of the log.
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "codec/protobuf_mutator.h"
#include "model/histogram_arithmetic.h"
#include "protobuf/remote_write_reference.h"
#include "protobuf/remote_write_v1.pb.h"
#include "protobuf/remote_write_v2.pb.h"

namespace {

using namespace isobar;

template <class Message>
void fill(Message& integer, Message& floating, Message& custom) {
  integer.set_count_int(7);
  integer.set_zero_count_int(1);
  integer.set_zero_threshold(0.001);
  integer.set_sum(12);
  integer.set_schema(3);
  auto& span = *integer.add_positive_spans();
  span.set_offset(-3);
  span.set_length(2);
  integer.add_positive_deltas(4);
  integer.add_positive_deltas(-2);
  floating.set_count_float(2.5);
  floating.set_zero_count_float(1);
  floating.set_schema(-4);
  floating.add_negative_spans()->set_length(1);
  floating.add_negative_counts(1.5);
  floating.set_timestamp(5);
  custom.set_count_float(2);
  custom.set_schema(-53);
  custom.add_custom_values(1);
  custom.add_positive_spans()->set_length(2);
  custom.add_positive_counts(1);
  custom.add_positive_counts(1);
}

std::string seed_v1() {
  protobuf::v1::WriteRequest request;
  for (int i = 0; i < 2; ++i) {
    auto& series = *request.add_timeseries();
    auto& name = *series.add_labels();
    name.set_name("__name__");
    name.set_value("m");
    auto& label = *series.add_labels();
    label.set_name(i == 0 ? "job" : "a");
    label.set_value("b");
    auto& sample = *series.add_samples();
    sample.set_value(1.5);
    sample.set_timestamp(1000);
    auto& exemplar = *series.add_exemplars();
    exemplar.set_value(7);
    *exemplar.add_labels() = label;
    fill(*series.add_histograms(), *series.add_histograms(), *series.add_histograms());
  }
  auto& metadata = *request.add_metadata();
  metadata.set_type(1);
  metadata.set_metric_family_name("m");
  metadata.set_help("Help.");
  metadata.set_unit("bytes");
  return request.SerializeAsString();
}

std::string seed_v2() {
  protobuf::v2::Request request;
  for (const char* symbol : {"", "__name__", "m_bucket", "job", "a", "Help."}) request.add_symbols(symbol);
  for (int i = 0; i < 2; ++i) {
    auto& series = *request.add_timeseries();
    for (const unsigned ref : {1U, 2U, 3U, 4U}) series.add_labels_refs(ref);
    auto& sample = *series.add_samples();
    sample.set_value(1.5);
    sample.set_timestamp(1000);
    sample.set_start_timestamp(10);
    auto& exemplar = *series.add_exemplars();
    exemplar.add_labels_refs(3);
    exemplar.add_labels_refs(4);
    exemplar.set_timestamp(9);
    fill(*series.add_histograms(), *series.add_histograms(), *series.add_histograms());
    series.mutable_metadata()->set_help_ref(5);
    series.mutable_metadata()->set_unit_ref(4);
  }
  return request.SerializeAsString();
}

void use(ingest::RemoteWriteVersion version, std::string_view body) {
  ingest::RemoteWriteDecoder decoder;
  ingest::RemoteWriteNotes notes;
  model::WriteBatch batch;
  if (!decoder.decode(version, body, batch, notes)) return;
  const model::Histogram* previous = nullptr;
  for (const auto& sample : batch.histograms) {
    const model::Histogram& h = *sample.histogram;
    std::string bytes;
    model::encode_histogram(bytes, h);
    std::string_view in = bytes;
    const auto back = model::decode_histogram(in);
    CHECK(back.has_value() && in.empty() && model::identical(h, *back));
    if (h.positive_buckets.size() + h.negative_buckets.size() > 1000) continue;
    static_cast<void>(model::all_buckets(h));
    model::Histogram changed = h;
    model::trim_above(changed, 1);
    changed = h;
    model::compact(changed);
    if (previous != nullptr) {
      static_cast<void>(model::detect_reset(h, *previous));
      static_cast<void>(model::add(changed, *previous));
    }
    previous = &h;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const auto version = (data[0] & 1) == 0 ? ingest::RemoteWriteVersion::k1 : ingest::RemoteWriteVersion::k2;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto result = protobuf::compare(version, body);
  if (!result.difference.empty()) {
    std::fprintf(stderr, "%s\n", result.difference.c_str());
    std::abort();
  }
  use(version, body);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (seed % 8 == 0 && size > 1) return LLVMFuzzerMutate(data, size, max_size);
  char version = size > 0 ? static_cast<char>(data[0]) : '\0';
  std::string message;
  if (size > 1 && seed % 512 != 1) {
    message.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  } else {
    version = static_cast<char>(seed / 2 % 2);
    message = version == 0 ? seed_v1() : seed_v2();
  }
  ProtobufMutator(seed).mutate(message);
  return mutated(std::string(1, version) + message, data, size, max_size);
}
