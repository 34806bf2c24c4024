#include "ingest/protocols/prometheus_text.h"

#include <map>

#include <fmt/format.h>

namespace isobar::ingest {
namespace {

class Importer final : public exposition::Visitor {
 public:
  Importer(const ImportOptions& options, LabelBatch& series, model::WriteBatch& batch) : options_(options), series_(series), batch_(batch) {}

  exposition::Next on_sample(const exposition::SampleEvent& sample) override {
    const Result<std::uint32_t> series = series_of(sample);
    if (!series) {
      const std::string_view text = options_.format == exposition::Format::kProtobuf ? "" : sample.series.substr(0, 200);
      fault_ = fail(series.error().code, fmt::format("{}: {}", series.error().message, text));
      return exposition::Next::kStop;
    }
    const std::int64_t time = sample.timestamp.value_or(options_.default_ms);
    if (sample.histogram) {
      batch_.histograms.push_back({*series, time, sample.histogram, sample.start_timestamp});
    } else {
      batch_.floats.push_back({*series, time, sample.value, sample.start_timestamp});
    }
    for (const exposition::ExemplarEvent& e : sample.exemplars) {
      batch_.exemplars.push_back({*series, {e.labels, e.value, {e.timestamp.value_or(time)}}});
    }
    return exposition::Next::kContinue;
  }

  exposition::Next on_metadata(const exposition::MetadataEvent& event) override {
    model::Metadata& m = metadata_[std::string(event.metric)];
    switch (event.kind) {
      case exposition::MetadataKind::kType: m.type = event.type; break;
      case exposition::MetadataKind::kHelp: m.help = event.text; break;
      case exposition::MetadataKind::kUnit: m.unit = event.text; break;
    }
    return exposition::Next::kContinue;
  }

  Result<void> finish() {
    TRYV(fault_);
    for (auto& [metric, m] : metadata_) {
      m.metric = metric;
      batch_.metadata.push_back(std::move(m));
    }
    return {};
  }

 private:
  Result<std::uint32_t> series_of(const exposition::SampleEvent& sample) {
    Arena text;
    labels_.clear();
    TRYV(exposition::decode_series(options_.format, sample.series, sample.type, text, labels_));
    for (const auto& [name, value] : options_.extra_labels) {
      std::erase_if(labels_, [&n = name](const model::LabelView& label) { return label.name == n; });
      labels_.push_back({name, value});
    }
    return series_.series(labels_);
  }

  const ImportOptions& options_;
  LabelBatch& series_;
  model::WriteBatch& batch_;
  Result<void> fault_;
  std::vector<model::LabelView> labels_;
  std::map<std::string, model::Metadata> metadata_;
};

}  // namespace

Result<void> PrometheusTextDecoder::decode(std::string_view body, const ImportOptions& options, model::WriteBatch& batch,
                                           telemetry::Reservation* held) {
  series_.reset(batch, held);
  Importer importer(options, series_, batch);
  TRYV(exposition::parse(options.format, body, importer));
  return importer.finish();
}

}  // namespace isobar::ingest
