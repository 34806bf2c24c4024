// Data points of OTLP as series and samples. Rules: opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics
// and Prometheus 3's receiver; where Isobar differs, docs/howto/push_by_otlp.md says so.
//
// A translator owns the memory that the batch's series point into: keep it until the batch is written. Reuse one per
// thread; not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ingest/protocols/otlp_data.h"
#include "ingest/protocols/otlp_labels.h"
#include "ingest/protocols/otlp_settings.h"
#include "model/write_batch.h"
#include "telemetry/memory_budget.h"

namespace isobar::ingest {

// What became of a request's data points. One point gives one sample or, as a histogram or summary, several.
struct OtlpNotes {
  static constexpr std::uint32_t kNoPoint = UINT32_MAX;
  static constexpr std::size_t kMaxReasons = 5;

  std::uint64_t points = 0;    // in the request
  std::uint64_t rejected = 0;  // points of which nothing is in the batch
  std::vector<std::string> reasons;  // of rejected points and of what was left out; each once, at most kMaxReasons
  std::uint64_t exemplars_left_out = 0;
  std::uint64_t metadata_left_out = 0;
  // By index of the batch's floats and histograms: the number of the point, or kNoPoint (target_info). Ascending but
  // for that.
  std::vector<std::uint32_t> point_of_float;
  std::vector<std::uint32_t> point_of_histogram;

  void add(std::string reason);
  void clear();
};

class OtlpTranslator final : public OtlpConsumer {
 public:
  // `batch` and `notes` are replaced. All must live until finish(); `held`, if given, grows with the batch.
  void start(const OtlpSettings& settings, model::WriteBatch& batch, OtlpNotes& notes, telemetry::Reservation* held = nullptr);
  // kTooLarge: labels expand past 128 MiB; kUnavailable: `held` could not grow. The batch may not be used.
  Result<void> finish();
  // Gives memory above a few megabytes back.
  void shrink();

  void resource(const std::vector<OtlpAttribute>& attributes) override;
  void end_resource() override;
  void scope(const OtlpScope& scope) override;
  void metric(const OtlpMetric& metric) override;
  bool point(const OtlpPoint& point) override;
  void refuse_point(std::string_view reason) override;
  void refuse_exemplar(std::string_view reason) override;

 private:
  Result<void> translate(const OtlpPoint& point);
  Result<void> add_number(const OtlpPoint& point);
  Result<void> add_classic_histogram(const OtlpPoint& point);
  Result<void> add_native_histogram(const OtlpPoint& point);
  Result<void> add_summary(const OtlpPoint& point);
  void add_exemplars(std::uint32_t series, const OtlpPoint& point);
  void add_exemplar(std::uint32_t series, const OtlpExemplar& exemplar);
  void add_metadata();
  Result<void> check_metric() const;
  bool grow();
  std::uint32_t add_series(std::string_view suffix, model::LabelView extra = {});
  std::uint32_t add_float(std::uint32_t series, double value, std::int64_t start);
  std::string in_metric(std::string_view reason) const;

  const OtlpSettings* settings_ = nullptr;
  model::WriteBatch* batch_ = nullptr;
  OtlpNotes* notes_ = nullptr;
  OtlpLabels labels_;
  std::string canonical_;
  std::vector<std::size_t> series_ends_;
  bool too_large_ = false;
  bool busy_ = false;
  telemetry::Reservation* held_ = nullptr;
  std::size_t held_bytes_ = 0;

  std::vector<OtlpAttribute> resource_;
  std::vector<std::int64_t> times_;  // ms, of the resource's points
  OtlpMetric metric_;
  std::string name_;         // of the metric, translated
  std::string series_name_;  // with the suffix of a part
  std::string number_text_;
  Result<void> metric_state_;
  bool described_ = false;  // the metric's metadata is in the batch
  std::unordered_set<std::uint64_t> described_metrics_;

  std::uint32_t point_ = OtlpNotes::kNoPoint;
  std::int64_t time_ = 0;   // ms, of the point
  std::int64_t start_ = 0;  // ms; 0: unknown
  bool stale_ = false;
};

// Points of which a sample is among the refused: indices of the batch's floats and histograms, ascending.
std::uint64_t otlp_points_of(const OtlpNotes& notes, const std::vector<std::uint32_t>& floats,
                             const std::vector<std::uint32_t>& histograms);

}  // namespace isobar::ingest
