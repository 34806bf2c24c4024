// Reads the protobuf encoding of ExportMetricsServiceRequest
// (opentelemetry-proto opentelemetry/proto/collector/metrics/v1/metrics_service.proto) without copying texts. Fields that
// are not known are skipped. Reuse one reader per thread; not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "ingest/protocols/otlp_data.h"

namespace isobar {
class ProtoReader;
}

namespace isobar::ingest {

class OtlpProtobufReader {
 public:
  // kInvalid: the bytes are damaged; what the consumer has got until then must not be used. Also refused: two values
  // of one attribute and data of two types in one metric, of which protobuf would take the last. Stops early, without an error, when the consumer does.
  Result<void> read(std::string_view body, OtlpConsumer& consumer);

 private:
  using Attributes = std::vector<OtlpAttribute>;

  bool resource_metrics(std::string_view message);
  bool scope_metrics(std::string_view message);
  bool scope(std::string_view message);
  bool metric(std::string_view message);
  bool points();
  bool point(std::string_view message);
  bool point_field(ProtoReader& in);
  bool number_field(ProtoReader& in);
  bool histogram_field(ProtoReader& in);
  bool exponential_field(ProtoReader& in);
  bool summary_field(ProtoReader& in);
  bool buckets(std::string_view message, OtlpBuckets& out);
  bool exemplar(std::string_view message);
  bool attribute(std::string_view message, Arena& texts, Attributes& out);
  bool any_value(std::string_view message, Arena& texts, std::string_view& out);
  bool id(std::string_view bytes, std::size_t size, std::string_view& out);

  OtlpConsumer* consumer_ = nullptr;
  bool stopped_ = false;
  Attributes resource_;
  OtlpScope scope_;
  OtlpMetric metric_;
  std::vector<std::string_view> data_;  // of the metric: Gauge, Sum, …, in parts where it came in parts
  OtlpPoint point_;
  bool too_many_buckets_ = false;
  bool bad_id_ = false;
  Arena resource_texts_;
  Arena scope_texts_;
  Arena point_texts_;
  std::string text_;
};

}  // namespace isobar::ingest
