// The reader against libprotobuf, and the translation of what it lets through: the first byte chooses settings, the rest
// is the body.
#include <cstdio>
#include <cstdlib>

#include "codec/protobuf_mutator.h"
#include "ingest/protocols/otlp_fuzz_checks.h"
#include "protobuf/otlp_metrics.pb.h"
#include "protobuf/otlp_reference.h"

namespace {

using namespace isobar;
namespace otlp = protobuf::otlp;

void add_attributes(google::protobuf::RepeatedPtrField<otlp::KeyValue>& to) {
  auto& text = *to.Add();
  text.set_key("service.name");
  text.mutable_value()->set_string_value("a");
  auto& list = *to.Add();
  list.set_key("a.b");
  list.mutable_value()->mutable_array_value()->add_values()->set_double_value(0.5);
  auto& pair = *list.mutable_value()->mutable_array_value()->add_values()->mutable_kvlist_value()->add_values();
  pair.set_key("k");
  pair.mutable_value()->set_bytes_value("\xff");
}

template <class Point>
Point& add_point(google::protobuf::RepeatedPtrField<Point>& to) {
  Point& point = *to.Add();
  point.set_start_time_unix_nano(1'700'000'000'000'000'000);
  point.set_time_unix_nano(1'700'000'060'000'000'000);
  add_attributes(*point.mutable_attributes());
  return point;
}

template <class Point>
void add_exemplar(Point& point) {
  auto& exemplar = *point.add_exemplars();
  exemplar.set_as_double(0.5);
  exemplar.set_trace_id("0123456789abcdef");
  exemplar.set_span_id("01234567");
  add_attributes(*exemplar.mutable_filtered_attributes());
}

otlp::Metric& add_metric(otlp::ScopeMetrics& scope, const char* name) {
  otlp::Metric& metric = *scope.add_metrics();
  metric.set_name(name);
  metric.set_unit("By/s");
  metric.set_description("Help.");
  return metric;
}

std::string seed() {
  otlp::ExportMetricsServiceRequest request;
  auto& resource = *request.add_resource_metrics();
  add_attributes(*resource.mutable_resource()->mutable_attributes());
  auto& scope = *resource.add_scope_metrics();
  scope.mutable_scope()->set_name("lib");
  add_attributes(*scope.mutable_scope()->mutable_attributes());
  add_point(*add_metric(scope, "g.1").mutable_gauge()->mutable_data_points()).set_as_int(7);
  auto& sum = *add_metric(scope, "s").mutable_sum();
  sum.set_aggregation_temporality(1);
  sum.set_is_monotonic(true);
  auto& number = add_point(*sum.mutable_data_points());
  number.set_as_double(0.5);
  add_exemplar(number);
  auto& histogram = *add_metric(scope, "h").mutable_histogram();
  histogram.set_aggregation_temporality(2);
  auto& classic = add_point(*histogram.mutable_data_points());
  classic.set_count(3);
  classic.set_sum(4);
  for (const unsigned count : {1U, 2U}) classic.add_bucket_counts(count);
  classic.add_explicit_bounds(0.5);
  add_exemplar(classic);
  auto& exponential = *add_metric(scope, "e").mutable_exponential_histogram();
  exponential.set_aggregation_temporality(2);
  auto& native = add_point(*exponential.mutable_data_points());
  native.set_count(4);
  native.set_zero_count(1);
  native.set_scale(10);
  native.mutable_positive()->set_offset(-3);
  for (const unsigned count : {1U, 0U, 2U}) native.mutable_positive()->add_bucket_counts(count);
  auto& summary = add_point(*add_metric(scope, "q").mutable_summary()->mutable_data_points());
  summary.add_quantile_values()->set_quantile(0.5);
  return request.SerializeAsString();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto result = protobuf::compare_otlp(body);
  if (!result.difference.empty()) {
    std::fprintf(stderr, "%s\n", result.difference.c_str());
    std::abort();
  }
  ingest::check_otlp_batch(ingest::OtlpEncoding::kProtobuf, std::string(body), ingest::otlp_fuzz_settings(data[0]));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned random) {
  if (random % 8 == 0 && size > 1) return LLVMFuzzerMutate(data, size, max_size);
  char settings = size > 0 ? static_cast<char>(data[0]) : '\0';
  std::string message;
  if (size > 1 && random % 512 != 1) {
    message.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  } else {
    settings = static_cast<char>(random / 2);
    message = seed();
  }
  ProtobufMutator(random).mutate(message);
  return mutated(std::string(1, settings) + message, data, size, max_size);
}
