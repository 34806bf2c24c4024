#include "api_world.h"

#include <fmt/format.h>

#include "api/admin/admin_api.h"
#include "api/otlp/otlp_api.h"
#include "api/prometheus/query_api.h"
#include "api/prometheus/status_api.h"
#include "api/prometheus/text_write_api.h"
#include "api/prometheus/tsdb_admin_api.h"
#include "api/prometheus/write_api.h"
#include "api/query_usage.h"
#include "api/ui/ui_api.h"
#include "codec/compression.h"
#include "follower/metrics_store.h"
#include "http/server.h"
#include "ingest_log/local/local_log.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sim/sim_clock.h"
#include "sim/sim_file_system.h"
#include "write_body.h"

namespace isobar::api_test {
namespace {

class FixedStatus final : public api::StatusSource {
 public:
  FixedStatus(Timestamp now, bool ready) : now_(now), ready_(ready) {}
  api::BuildInfo build() const override {
    return {"0.1.0", "abc123", "main", "builder", "2026-11-20", "g++ 12.2"};
  }
  api::RuntimeInfo runtime() const override {
    api::RuntimeInfo runtime;
    runtime.start_time = now_ - Duration::hours(1);
    runtime.working_directory = "/data";
    runtime.hostname = "host-1";
    runtime.last_config_time = now_ - Duration::minutes(30);
    runtime.threads = 12;
    runtime.cpus = 2;
    runtime.memory_limit_bytes = 1 << 30;
    runtime.retention = "15d";
    return runtime;
  }
  std::string profile() const override { return "local"; }
  std::string config_text() const override { return "global:\n  scrape_interval: 15s\n"; }
  std::vector<std::pair<std::string, std::string>> flags() const override {
    return {{"listen", ":9009"}, {"storage.path", "/data"}};
  }
  api::Targets targets() const override;
  api::HeadStatus head() const override { return {3, now_ - Duration::hours(1), now_}; }
  bool ready() const override { return ready_; }
  std::vector<api::DegradedPart> degraded() const override {
    return {{"object store", "cannot be reached: timed out", "check --storage.url", now_ - Duration::minutes(1)}};
  }
  std::vector<api::BudgetStatus> budgets() const override { return {{"head", 1000, 2000}}; }
  api::HostIdentity host() const override { return {"host-1", "node"}; }
  model::Labels external_labels() const override { return model::Labels{{"cluster", "test"}}; }

 private:
  Timestamp now_;
  bool ready_;
};

api::Targets FixedStatus::targets() const {
  api::Targets targets;
  api::TargetStatus up;
  up.discovered_labels = model::Labels{{"__address__", "localhost:9100"}, {"job", "node"}};
  up.labels = model::Labels{{"instance", "localhost:9100"}, {"job", "node"}};
  up.scrape_pool = "node";
  up.scrape_url = up.global_url = "http://localhost:9100/metrics";
  up.last_scrape = now_ - Duration::millis(4250);
  up.last_scrape_seconds = 0.012;
  up.health = "up";
  up.scrape_interval = Duration::seconds(15);
  up.scrape_timeout = Duration::seconds(10);
  api::TargetStatus fresh = up;
  fresh.scrape_pool = "other";
  fresh.health = "unknown";
  fresh.last_scrape.reset();
  fresh.last_scrape_seconds = 0;
  targets.active = {up, fresh};
  targets.dropped = {{model::Labels{{"__address__", "localhost:1"}}, "node"}};
  targets.dropped_counts = {{"node", 1}, {"other", 0}};
  return targets;
}

class FixedAssets final : public api::AssetSource {
 public:
  std::optional<api::Asset> find(std::string_view path) const override {
    if (path == "index.html") return api::Asset{page_, "text/html; charset=utf-8", "\"1a\"", false};
    if (path == "assets/app-1.js") return api::Asset{script_, "text/javascript; charset=utf-8", "\"2b\"", true};
    if (path == "assets/licenses.md") return api::Asset{page_, "text/plain; charset=utf-8", "\"3c\"", false};
    return std::nullopt;
  }

 private:
  std::string page_ = codec::gzip_compress("<!doctype html><title>Isobar</title>");
  std::string script_ = codec::gzip_compress("export {};");
};

class StoreAdmin final : public api::TsdbAdmin {
 public:
  explicit StoreAdmin(std::unique_ptr<follower::MetricsStore>& store) : store_(store) {}
  Result<void> delete_series(const model::SeriesDeletion& deletion) override { return store_->delete_series(deletion); }
  Result<void> clean_tombstones() override { return store_->clean_tombstones(); }
  Result<std::string> snapshot(bool skip_head) override {
    TRYV(store_->snapshot(skip_head, [](const std::string&) { return Result<void>(); }));
    return "20150701T201100Z-0000000000000007";
  }

 private:
  std::unique_ptr<follower::MetricsStore>& store_;
};

}  // namespace

// Declared in the order in which parts need each other.
struct ApiWorld::Impl {
  explicit Impl(const CaseFile& file)
      : clock(Timestamp{file.now_ms}),
        status(Timestamp{file.now_ms}, file.ready),
        limits(file.limits),
        query_bytes(file.query_bytes),
        decode_budget("writes", file.decode_bytes, "--memory.writes") {}

  sim::SimFileSystem files{1};
  sim::SimClock clock;
  FixedStatus status;
  FixedAssets assets;
  limits::LimitsTable limits;
  std::uint64_t query_bytes;
  telemetry::Registry registry;
  telemetry::MemoryBudget head_budget{"head", 0, "--memory.head"};
  telemetry::MemoryBudget query_budget{"queries", 0, "--memory.queries"};
  telemetry::MemoryBudget decode_budget;
  object_store::FilesystemStore objects{files, "/data/objects"};
  sys::Shards shards{2, sys::Shards::Mode::kThreads};
  std::unique_ptr<ingest_log::LocalLog> log;
  std::unique_ptr<follower::MetricsStore> store;
  StoreAdmin admin{store};
  std::unique_ptr<ingest::Ingester> ingester;
  promql::Engine engine{promql::EngineOptions{}};
  api::QueryDeadlines deadlines;
  api::QueryUsage usage{clock};
  std::unique_ptr<http::Server> server;
  http::Client client;

  Result<void> open();
  Result<void> write(const CaseFile& file);
  Result<void> serve(bool admin_api);
};

Result<void> ApiWorld::Impl::open() {
  ingest_log::LocalLogOptions log_options{.directory = "/data/log", .segment_bytes = 1 << 20};
  log_options.new_topic_identity = 7;
  TRY(log, ingest_log::LocalLog::open(files, log_options));
  follower::MetricsStoreOptions store_options{.partitions = 2};
  TRY(store, follower::MetricsStore::open(*log, objects, shards, clock, head_budget, registry, store_options));
  log->on_append([this] { store->follow(); });
  ingester = std::make_unique<ingest::Ingester>(ingest::IngesterParts{.log = *log,
                                                                      .partitions = store->partition_count(),
                                                                      .limits = limits,
                                                                      .clock = clock,
                                                                      .head_budget = head_budget,
                                                                      .metrics = registry,
                                                                      .writer_id = 1});
  return {};
}

Result<void> ApiWorld::Impl::write(const CaseFile& file) {
  model::WriteBatch batch;
  std::vector<model::Labels> kept;
  kept.reserve(file.data.size());
  for (const SeriesData& series : file.data) {
    std::vector<model::LabelView> views;
    for (const auto& [name, value] : series.labels) views.push_back({name, value});
    kept.push_back(model::Labels::from_pairs(views));
    const std::uint32_t id = batch.add_series(kept.back().encoded());
    for (const auto& [time, value] : series.floats) batch.floats.push_back({id, time, value});
    for (const auto& [time, h] : series.histograms) batch.histograms.push_back({id, time, h});
    for (const model::Exemplar& exemplar : series.exemplars) batch.exemplars.push_back({id, exemplar});
  }
  batch.metadata = file.metadata;
  return ingester->write(file.tenant, batch);
}

Result<void> ApiWorld::Impl::serve(bool admin_api) {
  api::QueryResources resources{.reader = *store, .clock = clock, .deadlines = deadlines, .memory = query_budget};
  resources.max_bytes_per_query = query_bytes;
  resources.usage = &usage;
  http::Router router;
  api::add_query_routes(router, {resources, engine, status});
  api::add_status_routes(router, {status, resources});
  api::add_write_routes(router, {*ingester, limits, registry, &decode_budget});
  const auto otlp = std::make_shared<const ingest::OtlpSettings>();
  api::add_otlp_routes(router, {*ingester, limits, registry, [otlp] { return otlp; }, &decode_budget});
  api::add_text_write_routes(router, {*ingester, limits, registry, clock, &decode_budget});
  api::add_tsdb_admin_routes(router, admin, admin_api);
  api::add_admin_routes(router, {status, registry, [] { return Result<void>(fail(Code::kInvalid, "line 3: no such key")); }});
  api::add_ui_routes(router, {assets, status});
  http::ServerOptions options;
  options.pools = {{"api", 1, 8}, {"query", 1, 8}, {"ingest", 1, 8}};
  options.registry = &registry;
  TRY(server, http::Server::start(options, std::move(router)));
  return {};
}

ApiWorld::ApiWorld(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ApiWorld::~ApiWorld() {
  if (impl_->server) impl_->server->stop(Duration{0});
  impl_->shards.stop();
}

Result<std::unique_ptr<ApiWorld>> ApiWorld::start(const CaseFile& file) {
  std::unique_ptr<ApiWorld> world(new ApiWorld(std::make_unique<Impl>(file)));
  TRYV(world->impl_->open());
  TRYV(world->impl_->write(file));
  if (file.disk_fails) world->impl_->files.set_sync_failures(1000);
  TRYV(world->impl_->serve(file.admin_api));
  return world;
}

Result<http::ClientResponse> ApiWorld::send(const Case& c) {
  http::ClientRequest request;
  for (const http::Method method : {http::Method::kGet, http::Method::kHead, http::Method::kPost, http::Method::kPut,
                                    http::Method::kOptions, http::Method::kDelete}) {
    if (http::method_name(method) == c.method) request.method = method;
  }
  request.url = fmt::format("http://127.0.0.1:{}{}", impl_->server->bound_port(), c.target);
  request.accept_gzip = false;
  request.follow_redirects = false;
  for (const auto& [name, value] : c.headers) request.headers.add(name, value);
  request.body = c.body;
  if (c.write) {
    request.body = codec::snappy_compress(write_body(*c.write));
    if (!request.headers.has("Content-Encoding")) request.headers.add("Content-Encoding", "snappy");
    if (!request.headers.has("Content-Type")) {
      request.headers.add("Content-Type", c.write->version == 2
                                              ? "application/x-protobuf;proto=io.prometheus.write.v2.Request"
                                              : "application/x-protobuf");
    }
  }
  return impl_->client.send(std::move(request));
}

}  // namespace isobar::api_test
