// OTLP metrics read through libprotobuf, slowly and plainly, to hold our readers against.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/protocols/otlp_data.h"

namespace isobar::protobuf {

// What a reader tells its consumer, one call a line, numbers as bits.
class OtlpRecorder final : public ingest::OtlpConsumer {
 public:
  void resource(const std::vector<ingest::OtlpAttribute>& attributes) override;
  void end_resource() override;
  void scope(const ingest::OtlpScope& scope) override;
  void metric(const ingest::OtlpMetric& metric) override;
  bool point(const ingest::OtlpPoint& point) override;
  void refuse_point(std::string_view reason) override;
  void refuse_exemplar(std::string_view reason) override;

  std::vector<std::string> lines;
};

struct OtlpComparison {
  bool ours_accepts = false;
  bool reference_accepts = false;
  std::string difference;  // empty: both agree, or differ where they may
};

// Reads `body` with both. Where ours accepts, the reference must accept and tell the same. Allowed differences: ours
// refuses groups, known fields of another wire type, attributes and metrics with two values, and deep attributes; ours
// reads tags and lengths of up to ten bytes, libprotobuf of up to five.
OtlpComparison compare_otlp(std::string_view body);

// A request in libprotobuf's JSON as protobuf, where ids of traces and spans are hexadecimal as OTLP wants them. Empty
// with a reason in `error` when it is none.
std::string otlp_from_json(std::string_view json, std::string& error);

}  // namespace isobar::protobuf
