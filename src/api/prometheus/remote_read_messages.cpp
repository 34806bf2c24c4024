#include "api/prometheus/remote_read_messages.h"

#include "codec/crc32c.h"
#include "codec/protobuf_writer.h"
#include "tsdb/prometheus_block/chunk_codec.h"

namespace isobar::api {
namespace {

// Also of a chunk in a message: XOR is 1, histograms 2, those with float counts 3.
using tsdb::prometheus::EncodedChunk;

void append_label_pairs(ProtoWriter& writer, const model::Labels& labels) {
  for (const model::LabelView& label : labels) {
    const std::size_t begun = writer.begin(1);
    writer.bytes(1, label.name);
    writer.bytes(2, label.value);
    writer.end(begun);
  }
}

void append_spans(ProtoWriter& writer, std::uint32_t field, const std::vector<model::BucketSpan>& spans) {
  for (const model::BucketSpan& span : spans) {
    const std::size_t begun = writer.begin(field);
    writer.sint64(1, span.offset);
    writer.varint(2, span.length);
    writer.end(begun);
  }
}

// Integer counts as differences to the bucket before.
void append_deltas(std::string& out, ProtoWriter& writer, std::uint32_t field, const std::vector<double>& counts) {
  if (counts.empty()) return;
  const std::size_t begun = writer.begin(field);
  std::int64_t before = 0;
  for (const double count : counts) {
    const auto now = static_cast<std::int64_t>(count);
    put_zigzag(out, now - before);
    before = now;
  }
  writer.end(begun);
}

void append_doubles(std::string& out, ProtoWriter& writer, std::uint32_t field, const std::vector<double>& numbers) {
  if (numbers.empty()) return;
  const std::size_t begun = writer.begin(field);
  for (const double number : numbers) put_f64(out, number);
  writer.end(begun);
}

void append_histogram_message(std::string& out, std::int64_t time, const model::Histogram& h) {
  ProtoWriter writer(out);
  const std::size_t begun = writer.begin(4);
  if (h.is_integer) writer.present_varint(1, static_cast<std::uint64_t>(h.count));
  else writer.present_float64(2, h.count);
  writer.float64(3, h.sum);
  writer.sint64(4, h.schema);
  writer.float64(5, h.zero_threshold);
  if (h.is_integer) writer.present_varint(6, static_cast<std::uint64_t>(h.zero_count));
  else writer.present_float64(7, h.zero_count);
  append_spans(writer, 8, h.negative_spans);
  if (h.is_integer) append_deltas(out, writer, 9, h.negative_buckets);
  else append_doubles(out, writer, 10, h.negative_buckets);
  append_spans(writer, 11, h.positive_spans);
  if (h.is_integer) append_deltas(out, writer, 12, h.positive_buckets);
  else append_doubles(out, writer, 13, h.positive_buckets);
  writer.varint(14, static_cast<std::uint64_t>(h.reset_hint));
  writer.int64(15, time);
  append_doubles(out, writer, 16, h.custom_values);
  writer.end(begun);
}

void append_sample_message(ProtoWriter& writer, std::int64_t time, double value) {
  const std::size_t begun = writer.begin(2);
  writer.float64(1, value);
  writer.int64(2, time);
  writer.end(begun);
}

void append_chunk(ProtoWriter& writer, const EncodedChunk& chunk) {
  const std::size_t begun = writer.begin(2);
  writer.int64(1, chunk.min_time);
  writer.int64(2, chunk.max_time);
  writer.varint(3, static_cast<std::uint64_t>(chunk.encoding));
  writer.bytes(4, chunk.data);
  writer.end(begun);
}

void append_frame(std::string& out, std::string_view message) {
  put_varint(out, message.size());
  put_u32(out, __builtin_bswap32(codec::crc32c(message)));
  out.append(message);
}

}  // namespace

void append_time_series(std::string& out, const model::Labels& labels, const model::SampleColumns& samples) {
  ProtoWriter writer(out);
  const std::size_t begun = writer.begin(1);
  append_label_pairs(writer, labels);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!samples.is_histogram(i)) append_sample_message(writer, samples.timestamps[i], samples.values[i]);
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples.is_histogram(i)) append_histogram_message(out, samples.timestamps[i], *samples.histograms[i]);
  }
  writer.end(begun);
}

void append_frames(std::string& out, const model::Labels& labels, const model::SampleColumns& samples, std::int64_t query_index,
                   std::size_t max_frame_bytes) {
  std::vector<EncodedChunk> chunks = tsdb::prometheus::encode_chunks(samples);
  if (chunks.empty()) chunks.push_back({.data = std::string(2, '\0')});  // the number of samples
  std::string message;
  for (std::size_t next = 0; next < chunks.size();) {
    message.clear();
    ProtoWriter writer(message);
    const std::size_t series = writer.begin(1);
    append_label_pairs(writer, labels);
    do {
      append_chunk(writer, chunks[next++]);
    } while (next < chunks.size() && message.size() < max_frame_bytes);
    writer.end(series);
    writer.int64(2, query_index);
    append_frame(out, message);
  }
}

}  // namespace isobar::api
