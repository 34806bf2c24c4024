#include "ingest/protocols/remote_write_histogram.h"

#include <utility>
#include <vector>

#include "base/bytes.h"
#include "codec/protobuf.h"

namespace isobar::ingest {
namespace {

// sint32 as libprotobuf reads it: the low 32 bits of the varint.
std::int32_t sint32(std::uint64_t raw) {
  return static_cast<std::int32_t>(unzigzag(static_cast<std::uint32_t>(raw)));
}

bool parse_spans(std::string_view message, std::vector<model::BucketSpan>& spans) {
  model::BucketSpan span;
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) span.offset = sint32(in.varint());
    if (in.field() == 2) span.length = static_cast<std::uint32_t>(in.varint());
  }
  spans.push_back(span);
  return !in.failed();
}

// Repeated numbers come packed or one by one.
bool parse_deltas(ProtoReader& in, std::vector<double>& counts, std::int64_t& running) {
  const auto add = [&](std::uint64_t raw) {
    running = static_cast<std::int64_t>(static_cast<std::uint64_t>(running) + static_cast<std::uint64_t>(unzigzag(raw)));
    counts.push_back(static_cast<double>(running));
  };
  if (in.wire() != ProtoReader::Wire::kBytes) {
    add(in.varint());
    return !in.failed();
  }
  ByteReader packed(in.bytes());
  while (!packed.at_end()) add(packed.varint());
  return packed.ok();
}

bool parse_doubles(ProtoReader& in, std::vector<double>& values) {
  if (in.wire() != ProtoReader::Wire::kBytes) {
    values.push_back(in.float64());
    return !in.failed();
  }
  ByteReader packed(in.bytes());
  while (!packed.at_end()) values.push_back(packed.f64());
  return packed.ok();
}

}  // namespace

bool parse_histogram(std::string_view message, ParsedHistogram& out) {
  model::Histogram& h = out.histogram;
  std::int64_t positive = 0;
  std::int64_t negative = 0;
  bool float_count = false;
  std::int32_t schema = 0;
  std::vector<double> positive_counts, negative_counts;
  ProtoReader in(message);
  while (in.next()) {
    bool ok = true;
    switch (in.field()) {
      case 1:
        h.count = static_cast<double>(in.varint());
        float_count = false;  // of a oneof the last one counts
        break;
      case 2:
        h.count = in.float64();
        float_count = true;
        break;
      case 3: h.sum = in.float64(); break;
      case 4: schema = sint32(in.varint()); break;
      case 5: h.zero_threshold = in.float64(); break;
      case 6: h.zero_count = static_cast<double>(in.varint()); break;
      case 7: h.zero_count = in.float64(); break;
      case 8: ok = parse_spans(in.bytes(), h.negative_spans); break;
      case 9: ok = parse_deltas(in, h.negative_buckets, negative); break;
      case 10: ok = parse_doubles(in, negative_counts); break;
      case 11: ok = parse_spans(in.bytes(), h.positive_spans); break;
      case 12: ok = parse_deltas(in, h.positive_buckets, positive); break;
      case 13: ok = parse_doubles(in, positive_counts); break;
      case 14: {
        const std::int32_t hint = in.int32();
        h.reset_hint = hint < 0 || hint > 3 ? model::CounterResetHint::kUnknown : static_cast<model::CounterResetHint>(hint);
        break;
      }
      case 15: out.timestamp = in.int64(); break;
      case 16: ok = parse_doubles(in, h.custom_values); break;
      case 17: out.start_timestamp = in.int64(); break;
      default: break;
    }
    if (!ok) return false;
  }
  h.is_integer = !float_count;
  if (float_count) {
    h.positive_buckets = std::move(positive_counts);
    h.negative_buckets = std::move(negative_counts);
  }
  out.too_wide = schema < INT8_MIN || schema > INT8_MAX;
  h.schema = static_cast<std::int8_t>(schema);
  return !in.failed();
}

}  // namespace isobar::ingest
