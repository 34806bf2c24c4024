#include <thread>

#include <fmt/format.h>

#include "backend.h"
#include "bucket_region.h"
#include "ingest_log/object/object_log.h"
#include "object_store/cache/cached_store.h"
#include "object_store/metered/metered_store.h"
#include "object_store/probe.h"
#include "object_store/retry/retrying_store.h"
#include "object_store/s3/s3_store.h"
#include "sys/random.h"
#include "telemetry/log.h"

namespace isobar::app {
namespace {

class BucketBackend final : public Backend {
 public:
  BucketBackend(object_store::S3Config config, const ServeSettings& settings, sys::FileSystem& files, const sys::Clock& clock, telemetry::Registry& metrics)
      : clock_(clock),
        credentials_(object_store::process_sources(client_, clock, config.region)),
        s3_(std::move(config), client_, credentials_, clock),
        metered_(s3_, clock, metrics),
        retrying_(metered_, clock,
                  {.seed = sys::entropy_seed(), .pause = [](Duration d) { std::this_thread::sleep_for(std::chrono::milliseconds(d.ms)); }, .metrics = &metrics}),
        cached_(retrying_, files, {.directory = settings.data_dir + "/cache", .max_bytes = settings.cache_bytes, .metrics = &metrics}) {}

  Result<void> open_log(const ServeSettings& settings, const LogIdentity& identity, telemetry::Registry& metrics) {
    ingest_log::ObjectLogOptions options;
    options.writer = sys::entropy_seed() | 1U;
    options.window = settings.log_window;
    options.metrics = &metrics;
    auto able = object_store::probe(retrying_, fmt::format("probe/{:016x}", options.writer));
    if (!able) return fail(std::move(able).error());
    warning_ = able->warning(s3_.describe());
    if (!warning_.empty()) telemetry::log_warn("the bucket does not protect its data from a second process", {{"reason", warning_}});
    warned_ = clock_.now();
    options.new_topic_identity = identity(retrying_);
    TRY(log_, ingest_log::ObjectLog::open(cached_, clock_, std::move(options)));
    return {};
  }

  object_store::ObjectStore& objects() override { return cached_; }
  ingest_log::IngestLog& log() override { return *log_; }
  bool is_near() const override { return false; }
  bool replaced() const override { return log_->fenced(); }

  // Failures are in degraded(), or pass; the next round tries again.
  void maintain() override {
    (void)log_->check_owner();
    while (true) {
      const Result<bool> packed = log_->pack_once();
      if (!packed || !*packed) return;
    }
  }

  std::vector<follower::Degradation> degraded() const override {
    std::vector<follower::Degradation> all;
    if (log_->fenced()) {
      all.push_back({"ingest log", "another process has taken the data over; this one writes no more, and what it reads grows old",
                     "send to the other process, or stop it and restart this one", clock_.now()});
    } else if (const auto since = log_->failing_since()) {
      const double seconds = seconds_between(*since, clock_.monotonic());
      all.push_back({"bucket", fmt::format("{} cannot be written for {:.0f} s; writes wait, then get 503", s3_.describe(), seconds),
                     "nothing is lost; it goes on by itself once the bucket answers", clock_.now() - Duration{static_cast<std::int64_t>(seconds * 1000)}});
    }
    if (!warning_.empty()) all.push_back({"bucket", warning_, "run one process only, or use a store that has conditional writes", warned_});
    return all;
  }

  void expose(telemetry::Registry& metrics) override {
    const auto gauge = [&](const char* name, const char* help, std::function<double()> read) { metrics.on_read(name, help, "gauge", {}, std::move(read)); };
    gauge("isobar_ingest_log_objects", "Objects of the log in the bucket.", [this] { return static_cast<double>(log_->object_count()); });
    gauge("isobar_ingest_log_waiting_bytes", "Bytes of records that are not durable yet.", [this] { return static_cast<double>(log_->waiting_bytes()); });
    gauge("isobar_ingest_log_epoch", "How often a process has taken the log over.", [this] { return static_cast<double>(log_->epoch()); });
    gauge("isobar_object_cache_bytes", "Bytes of objects on the local disk.", [this] { return static_cast<double>(cached_.held_bytes()); });
  }

 private:
  const sys::Clock& clock_;
  http::Client client_;
  object_store::CredentialsChain credentials_;
  object_store::S3Store s3_;
  object_store::MeteredStore metered_;
  object_store::RetryingStore retrying_;
  object_store::CachedStore cached_;
  std::unique_ptr<ingest_log::ObjectLog> log_;
  std::string warning_;
  Timestamp warned_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_bucket_backend(const ServeSettings& settings, sys::FileSystem& files, const sys::Clock& clock,
                                                     const LogIdentity& identity, telemetry::Registry& metrics) {
  auto config = object_store::parse_s3_url(settings.bucket, region_of_environment());
  if (!config) return fail(std::move(config).error().with_context("flag --storage.bucket"));
  auto backend = std::make_unique<BucketBackend>(*std::move(config), settings, files, clock, metrics);
  TRYV(backend->open_log(settings, identity, metrics));
  return backend;
}

}  // namespace isobar::app
