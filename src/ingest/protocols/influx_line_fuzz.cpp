// Any bytes as lines: what is given is canonical, and each left out line is named or counted.
#include "base/check.h"
#include "ingest/protocols/influx_line.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar;
  static ingest::InfluxDecoder decoder;
  model::WriteBatch batch;
  ingest::InfluxNotes notes;
  const ingest::InfluxOptions options{.unit_ns = size % 2 == 0 ? 1 : 1'000'000'000, .now_ms = 7, .database = size % 3 == 0 ? "db" : ""};
  if (!decoder.decode({reinterpret_cast<const char*>(data), size}, options, batch, notes)) return 0;
  for (const auto& sample : batch.floats) CHECK(sample.series < batch.series.size());
  for (const std::string_view series : batch.series) {
    const auto labels = model::Labels::parse_canonical(series);
    CHECK(labels.has_value() && labels->has(model::kMetricName));
  }
  CHECK(notes.reasons.size() == std::min<std::size_t>(notes.lines_left_out, ingest::InfluxDecoder::kMaxReasons));
  return 0;
}
