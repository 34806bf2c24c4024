#include "wiring.h"

#include <thread>

#include <fmt/format.h>

#include "api/admin/admin_api.h"
#include "api/otlp/otlp_api.h"
#include "api/plan/plan_api.h"
#include "api/prometheus/query_api.h"
#include "api/prometheus/status_api.h"
#include "api/prometheus/text_write_api.h"
#include "api/prometheus/tsdb_admin_api.h"
#include "api/prometheus/write_api.h"
#include "api/query_scope.h"
#include "api/query_usage.h"
#include "api/ui/ui_api.h"
#include "host/host_collector.h"
#include "host/process_metrics.h"
#include "http/server.h"
#include "mounting.h"
#include "plan/served_ledger.h"
#include "process_status.h"
#include "promql/engine.h"
#include "scraping.h"
#include "storage.h"
#include "sys/task_pool.h"
#include "telemetry/log.h"
#include "ui_assets.h"
#include "waiting_room.h"

namespace isobar::app {

struct Program::Parts {
  Parts(ServeSettings given, const promql::Features& enabled) : settings(std::move(given)), features(enabled) {}

  Result<void> open_storage(const StopAsked& stop_asked);
  Result<void> build();
  void add_routes(http::Router& router);
  api::QueryResources query_resources();
  void expose_budgets();
  std::string own_address() const;
  Result<void> load_tenant_rules();
  Result<void> load_config();
  Result<void> mount();
  std::shared_ptr<const ingest::OtlpSettings> otlp_settings() const;
  void start_host();

  ServeSettings settings;
  promql::Features features;
  telemetry::Registry metrics;
  telemetry::MemoryBudget bodies{"http bodies", settings.bodies_bytes, "--memory.bodies"};
  telemetry::MemoryBudget decoding{"decoding", settings.bodies_bytes, "--memory.bodies"};
  telemetry::MemoryBudget queries{"queries", settings.queries_bytes, "--memory.queries"};
  std::unique_ptr<Storage> storage;
  Mounting mounting;
  std::unique_ptr<ProcessStatus> status;
  EmbeddedAssets assets;
  ServedLedger ledger{settings.plan_ledger};
  api::QueryDeadlines deadlines;
  std::unique_ptr<api::QueryUsage> usage;
  // A query has a thread of its own; those help where one has much to do.
  sys::TaskPool helpers{"query-help", std::max(1U, std::thread::hardware_concurrency()) - 1};
  promql::Engine engine{{.lookback = settings.lookback_delta,
                         .max_samples = settings.query_max_samples,
                         .features = features,
                         .default_subquery_step = {},
                         .helpers = helpers.threads() > 0 ? &helpers : nullptr}};
  std::unique_ptr<sys::Worker> deadline_watch;
  std::unique_ptr<Scraping> scraping;
  std::unique_ptr<host::HostCollector> host;
  std::unique_ptr<http::Server> server;
  std::mutex reload_mutex;
  mutable std::mutex otlp_mutex;
  std::shared_ptr<const ingest::OtlpSettings> otlp = std::make_shared<const ingest::OtlpSettings>();
};

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Program::~Program() = default;

Result<std::unique_ptr<Program>> Program::start(ServeSettings settings, const StopAsked& stop_asked) {
  Result<promql::Features> features = promql::features_of(settings.features);
  if (!features) return fail(std::move(features).error().with_context("--enable-feature"));
  auto parts = std::make_unique<Parts>(std::move(settings), *features);
  TRYV(parts->open_storage(stop_asked));
  TRYV(parts->build());
  return std::unique_ptr<Program>(new Program(std::move(parts)));
}

// A bucket that cannot be reached is waited for; meanwhile whoever asks is told.
Result<void> Program::Parts::open_storage(const StopAsked& stop_asked) {
  constexpr Duration kPause = Duration::seconds(2);
  if (settings.bucket.empty()) {
    TRY(storage, Storage::open(settings, metrics));
    return {};
  }
  TRY(const auto room, WaitingRoom::open(settings.listen));
  while (true) {
    auto opened = Storage::open(settings, metrics);
    if (opened) {
      storage = *std::move(opened);
      room->close();
      return {};
    }
    if (opened.error().code != Code::kUnavailable) return fail(opened.error());
    telemetry::log_error("the data cannot be opened, trying again", {{"error", opened.error().message}});
    room->set_reason(opened.error().message);
    if (stop_asked(kPause)) return fail(Code::kCancelled, "stopped while the bucket was waited for");
  }
}

Result<void> Program::Parts::build() {
  host::register_process_metrics(metrics);
  status = std::make_unique<ProcessStatus>(
      settings, *storage, std::vector<telemetry::MemoryBudget*>{&storage->head_budget(), &queries, &bodies, &decoding});
  TRYV(mount());
  expose_budgets();
  usage = std::make_unique<api::QueryUsage>(storage->clock());
  deadline_watch = std::make_unique<sys::Worker>("deadlines", Duration::millis(100),
                                                 [this] { deadlines.run_once(storage->clock().monotonic()); });
  storage->start();

  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t queries_at_once = settings.query_concurrency != 0 ? settings.query_concurrency : cores * 2;
  http::ServerOptions options;
  options.listen = settings.listen;
  // A write to a bucket waits for a window and a put, and occupies no core meanwhile.
  const std::size_t writers = settings.bucket.empty() ? cores * 4 : 64;
  options.pools = {{"api", 2, 64}, {"ingest", writers, std::max<std::size_t>(64, writers * 2)}, {"query", queries_at_once, 128, "x-scope-orgid"}};
  options.max_connections = settings.max_connections;
  options.body_budget = &bodies;
  options.registry = &metrics;
  scraping = std::make_unique<Scraping>(storage->ingester(), metrics, settings.bucket.empty() ? 16 : 128);
  status->set_targets([this] { return scraping->targets(); });
  status->set_discovery_errors([this] { return scraping->discovery_errors(); });
  TRYV(load_tenant_rules());
  http::Router router;
  add_routes(router);
  TRY(server, http::Server::start(std::move(options), std::move(router)));
  // A wrong file at the start ends the program; on a reload the configuration before stays.
  TRYV(load_config());
  scraping->start();
  if (!settings.no_host_metrics) start_host();
  status->set_ready(true);
  return {};
}

Result<void> Program::Parts::mount() {
  if (settings.mount_dir.empty()) return {};
  auto tenant = model::parse_tenant(settings.mount_tenant);
  if (!tenant) return fail(std::move(tenant).error().with_context("flag --storage.mount-tenant"));
  mounting = mount_blocks(storage->metrics(), settings.mount_dir, settings.data_dir + "/mount-cache", *tenant);
  status->set_mount_faults(mounting.faults);
  metrics.on_read("isobar_mounted_blocks", "Blocks of --storage.mount that are served.", "gauge", {},
                  [this] { return static_cast<double>(mounting.blocks); });
  return {};
}

void Program::Parts::start_host() {
  host::HostOptions options;
  options.instance = status->runtime().hostname;
  options.interval = settings.host_interval;
  status->set_host({.instance = options.instance, .job = options.job});
  host = std::make_unique<host::HostCollector>(std::move(options), storage->ingester(), metrics);
  host->start();
}

std::string Program::Parts::own_address() const {
  const std::string address = settings.listen.substr(0, settings.listen.rfind(':'));
  const bool any = address.empty() || address == "0.0.0.0" || address == "[::]";
  return fmt::format("{}:{}", any ? "127.0.0.1" : address, server->bound_port());
}

// Before the first request: what comes in between would be stored with the labels of HA replicas.
Result<void> Program::Parts::load_tenant_rules() {
  if (settings.config_file.empty()) return {};
  TRY(const config::Config loaded, config::load_config(settings.config_file));
  return storage->preparation().configure(loaded.tenant_rules);
}

Result<void> Program::Parts::load_config() {
  const std::lock_guard lock(reload_mutex);
  Result<config::Config> loaded = scraping->load(settings.config_file, own_address());
  if (loaded) {
    if (auto configured = storage->preparation().configure(loaded->tenant_rules); !configured) loaded = fail(std::move(configured).error());
  }
  if (!loaded) {
    status->set_config_failure(loaded.error().message);
    return fail(std::move(loaded).error());
  }
  loaded->otlp.target_info_interval = Duration::millis(settings.lookback_delta.ms / 2);
  {
    const std::lock_guard otlp_lock(otlp_mutex);
    otlp = std::make_shared<const ingest::OtlpSettings>(std::move(loaded->otlp));
  }
  std::vector<follower::RetentionRule> rules;
  for (config::RetentionRule& rule : loaded->storage.retention) rules.push_back({std::move(rule.matchers), rule.keep});
  storage->set_retention_rules(std::move(rules));
  std::vector<model::LabelView> external;
  for (const auto& [name, value] : loaded->global.external_labels) external.push_back({name, value});
  status->set_config(loaded->text, model::Labels::from_pairs(std::move(external)));
  return {};
}

std::shared_ptr<const ingest::OtlpSettings> Program::Parts::otlp_settings() const {
  const std::lock_guard lock(otlp_mutex);
  return otlp;
}

api::QueryResources Program::Parts::query_resources() {
  model::SeriesReader& own = storage->metrics();
  return {.reader = mounting.reader ? *mounting.reader : own,
          .clock = storage->clock(),
          .deadlines = deadlines,
          .memory = queries,
          .max_bytes_per_query = settings.query_bytes,
          .max_bytes_setting = "--memory.query",
          .timeout = settings.query_timeout,
          .written = [this] { return storage->log().end().value; },
          .usage = usage.get()};
}

void Program::Parts::add_routes(http::Router& router) {
  api::add_write_routes(router, {.ingester = storage->ingester(),
                                 .limits = storage->limits(),
                                 .metrics = metrics,
                                 .decode_memory = &decoding});
  api::add_otlp_routes(router, {.ingester = storage->ingester(),
                                .limits = storage->limits(),
                                .metrics = metrics,
                                .settings = [this] { return otlp_settings(); },
                                .decode_memory = &decoding});
  api::add_text_write_routes(router, {.ingester = storage->ingester(),
                                      .limits = storage->limits(),
                                      .metrics = metrics,
                                      .clock = storage->clock(),
                                      .decode_memory = &decoding});
  api::add_query_routes(router, {.resources = query_resources(), .engine = engine, .status = *status});
  api::add_status_routes(router, {.status = *status, .queries = query_resources()});
  api::add_tsdb_admin_routes(router, storage->admin(), settings.admin_api);
  api::add_admin_routes(router, {.status = *status, .metrics = metrics, .reload = [this] { return load_config(); }});
  api::add_ui_routes(router, {.assets = assets, .status = *status});
  api::add_plan_routes(router, [this] { return ledger.get(); });
}

void Program::Parts::expose_budgets() {
  for (const telemetry::MemoryBudget* budget : {&storage->head_budget(), &queries, &bodies, &decoding}) {
    metrics.on_read("isobar_memory_budget_used_bytes", "Bytes held against a budget.", "gauge",
                    {{"budget", budget->name()}}, [budget] { return static_cast<double>(budget->used_bytes()); });
    metrics.on_read("isobar_memory_budget_limit_bytes", "What a budget allows; 0 is no limit.", "gauge",
                    {{"budget", budget->name()}}, [budget] { return static_cast<double>(budget->limit_bytes()); });
    metrics.on_read("isobar_memory_budget_rejections_total", "Reservations that a budget refused.", "counter",
                    {{"budget", budget->name()}}, [budget] { return static_cast<double>(budget->rejections()); });
  }
}

std::string Program::url() const { return "http://" + parts_->own_address(); }

Result<void> Program::reload() { return parts_->load_config(); }

void Program::stop() {
  parts_->status->set_ready(false);
  if (parts_->host) parts_->host->stop();
  parts_->scraping->stop();
  parts_->server->stop(Duration::seconds(10));
  parts_->storage->stop();
}

}  // namespace isobar::app
