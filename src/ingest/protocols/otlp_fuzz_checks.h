// For the fuzz targets: what must hold of a batch whatever the request, under any settings.
#pragma once

#include <string>

#include "base/check.h"
#include "ingest/protocols/otlp.h"
#include "model/histogram.h"
#include "model/labels.h"

namespace isobar::ingest {

inline OtlpSettings otlp_fuzz_settings(unsigned char choice) {
  OtlpSettings settings;
  settings.translation = static_cast<OtlpTranslation>(choice & 3);
  settings.promote_all_resource_attributes = (choice & 4) != 0;
  settings.convert_histograms_to_nhcb = (choice & 8) != 0;
  settings.promote_scope_metadata = (choice & 16) != 0;
  settings.label_name_preserve_multiple_underscores = (choice & 32) != 0;
  settings.label_name_underscore_sanitization = (choice & 64) != 0;
  settings.keep_identifying_resource_attributes = (choice & 128) != 0;
  return settings;
}

inline void check_otlp_batch(OtlpEncoding encoding, std::string body, const OtlpSettings& settings) {
  OtlpDecoder decoder;
  model::WriteBatch batch;
  OtlpNotes notes;
  if (!decoder.decode(encoding, body, settings, batch, notes)) return;
  for (const std::string_view series : batch.series) {
    const auto labels = model::Labels::parse_canonical(series);
    CHECK(labels.has_value() && labels->has(model::kMetricName));
  }
  CHECK(notes.rejected <= notes.points && notes.reasons.size() <= OtlpNotes::kMaxReasons);
  CHECK(notes.point_of_float.size() == batch.floats.size() && notes.point_of_histogram.size() == batch.histograms.size());
  for (const auto& sample : batch.floats) CHECK(sample.series < batch.series.size());
  for (const auto& sample : batch.histograms) {
    std::string bytes;
    model::encode_histogram(bytes, *sample.histogram);
    std::string_view in = bytes;
    const auto back = model::decode_histogram(in);
    CHECK(back.has_value() && in.empty() && model::identical(*sample.histogram, *back));
  }
  for (const auto& exemplar : batch.exemplars) CHECK(exemplar.series < batch.series.size());
}

}  // namespace isobar::ingest
