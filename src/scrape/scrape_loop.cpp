#include "scrape/scrape_loop.h"

#include <cmath>

#include "model/sample.h"
#include "telemetry/log.h"

namespace isobar::scrape {
namespace {

constexpr std::int64_t kAlignWithinMs = 2;
constexpr std::size_t kKeepBodyBytes = 8 << 20;  // larger buffers are given back

// In the order in which add_report() writes them.
constexpr std::array<std::string_view, 5> kReport{"up", "scrape_duration_seconds", "scrape_samples_scraped",
                                                  "scrape_samples_post_metric_relabeling", "scrape_series_added"};

// Memory that only a scrape in progress needs belongs to the thread, not to each of thousands of targets.
struct Workspace {
  model::WriteBatch batch;
  std::string body;
};
thread_local Workspace workspace;

// Lends the thread's batch to a collector.
class BatchLoan {
 public:
  explicit BatchLoan(model::WriteBatch& batch) : batch_(batch) { std::swap(batch_, workspace.batch); }
  ~BatchLoan() {
    batch_.clear();
    std::swap(batch_, workspace.batch);
  }
  BatchLoan(const BatchLoan&) = delete;
  BatchLoan& operator=(const BatchLoan&) = delete;

 private:
  model::WriteBatch& batch_;
};

std::shared_ptr<const model::Histogram> stale_histogram() {
  static const auto histogram = [] {
    auto made = std::make_shared<model::Histogram>();
    made->is_integer = true;
    made->sum = model::stale_nan();
    return made;
  }();
  return histogram;
}

}  // namespace

ScrapeLoop::ScrapeLoop(Target target, std::shared_ptr<const JobRules> rules, LoopSurroundings& surroundings)
    : target_(std::move(target)), surroundings_(surroundings), collector_(cache_),
      retry_(surroundings.retry_budget, surroundings.lost_samples), rules_(std::move(rules)) {
  for (const std::string_view name : kReport) {
    report_.push_back(model::LabelsBuilder(target_.labels).set(model::kMetricName, name).build().encoded());
  }
}

std::int64_t ScrapeLoop::sample_timestamp(Timestamp scheduled) const {
  const Timestamp now = surroundings_.now();
  const std::int64_t late = now.ms - scheduled.ms;
  const std::int64_t timestamp = late >= 0 && late <= kAlignWithinMs ? scheduled.ms : now.ms;
  return std::max(timestamp, last_timestamp_ + 1);  // a clock that was set back must not rewrite samples
}

void ScrapeLoop::run(Timestamp scheduled) {
  std::shared_ptr<const JobRules> rules;
  std::string refusal;
  {
    const std::lock_guard lock(mutex_);
    rules = rules_;
    refusal = refusal_;
    if (std::exchange(rules_changed_, false)) cache_.forget_lines();
  }
  const BatchLoan loan(collector_.batch());
  const std::int64_t timestamp = sample_timestamp(scheduled);
  const Monotonic started = surroundings_.monotonic();
  cache_.begin();
  collector_.reset(rules->config, target_.labels, rules->metric_relabeler, exposition::Format::kText, timestamp);
  Outcome outcome;
  const Result<void> collected = refusal.empty() ? collect(*rules, timestamp) : fail(Code::kInvalid, refusal);
  if (collected) {
    add_markers(cache_.commit(), timestamp);
  } else {
    if (surroundings_.cancellation.cancelled()) {  // we stop; that says nothing about the target
      cache_.rollback();
      return;
    }
    outcome.error = collected.error();
    collector_.forget_metadata();  // what was read of it is not written, so it must be sent again
    surroundings_.scrapes_failed.add();
    collector_.batch().clear();
    add_markers(cache_.rollback(), timestamp);
  }
  outcome.seconds = seconds_between(started, surroundings_.monotonic());
  add_report(timestamp, outcome.seconds, !outcome.error);
  last_timestamp_ = timestamp;
  write();
  set_status(outcome, Timestamp{timestamp});
}

Result<void> ScrapeLoop::collect(const JobRules& rules, std::int64_t timestamp) {
  TRY(Page page, surroundings_.fetcher.fetch(target_, rules.config, surroundings_.cancellation, std::move(workspace.body)));
  collector_.reset(rules.config, target_.labels, rules.metric_relabeler, page.format, timestamp);
  const Result<void> parsed =
      exposition::parse(page.format, page.body, collector_,
                        {.native_histograms = rules.config.scrape_native_histograms,
                         .always_classic_histograms = rules.config.always_scrape_classic_histograms});
  workspace.body = std::move(page.body);
  if (workspace.body.capacity() > kKeepBodyBytes) workspace.body = std::string();
  if (!parsed) return parsed;
  if (collector_.error()) return fail(*collector_.error());
  collector_.finish();
  surroundings_.samples_scraped.add(collector_.kept());
  surroundings_.out_of_bounds.add(collector_.out_of_bounds());
  return {};
}

void ScrapeLoop::add_float(std::string_view canonical, std::int64_t timestamp, double value) {
  model::WriteBatch& batch = collector_.batch();
  batch.floats.push_back({batch.add_series(canonical), timestamp, value});
}

void ScrapeLoop::add_markers(const std::vector<SeriesCache::Gone>& gone, std::int64_t timestamp) {
  model::WriteBatch& batch = collector_.batch();
  for (const SeriesCache::Gone& series : gone) {
    if (series.is_histogram) {
      batch.histograms.push_back({batch.add_series(series.canonical), timestamp, stale_histogram()});
    } else {
      add_float(series.canonical, timestamp, model::stale_nan());
    }
  }
}

void ScrapeLoop::add_report(std::int64_t timestamp, double seconds, bool up) {
  add_float(report_[0], timestamp, up ? 1 : 0);
  add_float(report_[1], timestamp, seconds);
  add_float(report_[2], timestamp, static_cast<double>(collector_.scraped()));
  add_float(report_[3], timestamp, static_cast<double>(collector_.kept()));
  add_float(report_[4], timestamp, static_cast<double>(collector_.series_added()));
}

void ScrapeLoop::write() {
  const auto written = retry_.write(surroundings_.sink, surroundings_.tenant, collector_.batch());
  const std::lock_guard lock(mutex_);
  if (!written && !has_unwritten_) {
    telemetry::log_warn("samples of a scrape could not be written",
                        {{"target", http::url_origin(target_.url)}, {"error", written.error().message}});
  }
  has_unwritten_ = !retry_.empty();
}

void ScrapeLoop::flush() {
  static_cast<void>(retry_.flush(surroundings_.sink, surroundings_.tenant));
  const std::lock_guard lock(mutex_);
  has_unwritten_ = !retry_.empty();
}

void ScrapeLoop::end() {
  if (last_timestamp_ == 0) return;
  const BatchLoan loan(collector_.batch());
  const std::int64_t timestamp = last_timestamp_ + target_.interval.ms;
  cache_.begin();
  add_markers(cache_.rollback(), timestamp);
  for (const std::string& series : report_) add_float(series, timestamp, model::stale_nan());
  write();
}

void ScrapeLoop::apply(std::shared_ptr<const JobRules> rules) {
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  rules_changed_ = true;
}

void ScrapeLoop::refuse(std::string reason) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(reason);
}

void ScrapeLoop::set_status(const Outcome& outcome, Timestamp at) {
  std::vector<model::Metadata> metadata;
  const bool changed = !collector_.batch().metadata.empty();
  if (changed) {
    for (const auto& [name, family] : collector_.metadata()) metadata.push_back(family);
  }
  const std::lock_guard lock(mutex_);
  status_.health = outcome.error ? Health::kDown : Health::kUp;
  status_.last_error = outcome.error ? outcome.error->message : std::string();
  status_.last_scrape = at;
  status_.last_duration_seconds = outcome.seconds;
  if (changed) metadata_ = std::move(metadata);
}

bool ScrapeLoop::has_unwritten() const {
  const std::lock_guard lock(mutex_);
  return has_unwritten_;
}

LoopStatus ScrapeLoop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::vector<model::Metadata> ScrapeLoop::metadata() const {
  const std::lock_guard lock(mutex_);
  return metadata_;
}

}  // namespace isobar::scrape
