// Any bytes as a page in any of the formats: what is given is canonical.
#include "base/check.h"
#include "ingest/protocols/prometheus_text.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar;
  if (size == 0) return 0;
  ingest::PrometheusTextDecoder decoder;
  model::WriteBatch batch;
  const ingest::ImportOptions options{.format = static_cast<exposition::Format>(data[0] % 3), .default_ms = 7, .extra_labels = {{"zone", "eu"}}};
  if (!decoder.decode({reinterpret_cast<const char*>(data) + 1, size - 1}, options, batch)) return 0;
  for (const auto& sample : batch.floats) CHECK(sample.series < batch.series.size());
  for (const auto& sample : batch.histograms) CHECK(sample.series < batch.series.size());
  for (const std::string_view series : batch.series) {
    const auto labels = model::Labels::parse_canonical(series);
    CHECK(labels.has_value() && labels->get("zone") == "eu");
  }
  return 0;
}
