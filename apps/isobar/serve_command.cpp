// isobar serve: parse flags, build the program, wait for a signal, stop in reverse order.
#include <csignal>
#include <cstdio>

#include "commands.h"
#include "flags.h"
#include "plan/served_profile.h"
#include "settings.h"
#include "telemetry/log.h"
#include "wiring.h"

namespace isobar::app {
namespace {

void add_flags(Flags& flags, ServeSettings& s) {
  flags.text("profile", "local, or a profile of the ledger that sets flags: one process, everything on its own disk", s.profile)
      .text("data-dir", "where log and blocks live", s.data_dir)
      .text("listen", "address:port; only loopback is reachable from this machine alone", s.listen)
      .text("config", "a Prometheus configuration file", s.config_file)
      .text("plan.ledger", "the ledger of the page Plan, a file or folder, instead of the one that ships", s.plan_ledger)
      .text("log.level", "debug, info, warn or error", s.log_level)
      .bytes("memory.head", "recent samples in memory; past it writes get 503 until blocks are written", s.head_bytes)
      .bytes("memory.query", "what one query may hold", s.query_bytes)
      .bytes("memory.queries", "what all queries together may hold", s.queries_bytes)
      .bytes("memory.bodies", "request bodies in flight, and once more what they decompress to", s.bodies_bytes)
      .text("storage.bucket", "s3://bucket/prefix?region=…: log and blocks there, the disk holds a cache only", s.bucket)
      .duration("storage.log-window", "with a bucket: how long a write waits for others before it is put; fewer puts cost less", s.log_window)
      .bytes("storage.cache-size", "with a bucket: what the cache in --data-dir may take", s.cache_bytes)
      .number("storage.partitions", "partitions of a new data directory; an existing one keeps its own", s.partitions)
      .bytes("storage.segment-bytes", "size of a log segment", s.segment_bytes)
      .bytes("storage.flush-bytes", "samples of one partition that become blocks at this size", s.flush_bytes)
      .number("storage.flush-samples", "or with so many: what a start after a crash reads again", s.flush_samples)
      .duration("storage.flush-age", "or at this age", s.flush_age)
      .duration("storage.retention", "blocks are removed when their newest sample is older; 0s: never", s.retention)
      .duration("storage.retention-5m", "makes blocks downsampled to 5 minutes, and keeps them so long; 0s: for ever", s.retention_5m)
      .duration("storage.retention-1h", "how long blocks downsampled to an hour are kept, 0s: for ever; by default as --storage.retention", s.retention_1h)
      .toggle("storage.downsampling.off", "do not downsample the blocks of days that are over", s.no_downsampling)
      .bytes("storage.retention.size", "the oldest blocks are removed until all take less; 0: no limit", s.retention_bytes)
      .toggle("web.enable-admin-api", "answer /api/v1/admin/tsdb: delete_series, clean_tombstones, snapshot", s.admin_api)
      .text("storage.mount", "a folder or s3://bucket/prefix of blocks of Prometheus, Mimir or Thanos, read where they lie", s.mount_dir)
      .text("storage.mount-tenant", "whose samples they are", s.mount_tenant)
      .duration("query.timeout", "longest run of a query", s.query_timeout)
      .duration("query.lookback-delta", "how far an instant look-up goes back", s.lookback_delta)
      .number("query.max-concurrency", "queries at once; 0: twice the cores", s.query_concurrency)
      .number("query.max-samples", "samples one query may hold", s.query_max_samples)
      .text("enable-feature", "parts of PromQL that are off by default, by Prometheus' names, with commas between", s.features)
      .number("http.max-connections", "further ones are refused", s.max_connections)
      .duration("host.interval", "how often this machine is measured", s.host_interval)
      .toggle("host.off", "do not measure this machine", s.no_host_metrics)
      .number("limits.max-label-names", "labels of a series", s.limits.max_label_names)
      .number("limits.max-label-name-bytes", "length of a label name", s.limits.max_label_name_bytes)
      .number("limits.max-label-value-bytes", "length of a label value", s.limits.max_label_value_bytes)
      .number("limits.max-series", "series of a tenant in memory; 0: no limit", s.limits.max_series)
      .number("limits.max-samples-per-second", "samples of a tenant, with a burst of ten seconds; 0: no limit",
              s.limits.max_samples_per_second)
      .number("limits.max-future-seconds", "a sample's timestamp ahead of this clock; 0: no limit",
              s.limits.max_future_seconds)
      .number("limits.max-past-seconds", "a sample's timestamp behind this clock; 0: no limit", s.limits.max_past_seconds)
      .bytes("limits.max-body-bytes", "a write request after decompression", s.limits.max_body_bytes);
}

Result<telemetry::LogLevel> parse_level(const std::string& name) {
  if (name == "debug") return telemetry::LogLevel::kDebug;
  if (name == "info") return telemetry::LogLevel::kInfo;
  if (name == "warn") return telemetry::LogLevel::kWarn;
  if (name == "error") return telemetry::LogLevel::kError;
  return fail(Code::kInvalid, "flag --log.level must be debug, info, warn or error, not \"" + name + "\"");
}

int refuse(const Error& error, int status) {
  std::fprintf(stderr, "isobar serve: %s\n", error.message.c_str());
  return status;
}

// What the command line says outweighs what the profile says.
Result<void> apply_profile(const std::vector<std::string>& words, ServeSettings& settings) {
  TRY(std::vector<std::string> all, served_profile(settings.profile, settings.plan_ledger));
  all.insert(all.end(), words.begin(), words.end());
  settings = {};
  Flags flags("", "");
  add_flags(flags, settings);
  std::vector<std::string> arguments;
  TRYV(flags.parse(all, arguments));
  settings.flag_values = flags.values();
  return {};
}

// Blocks the signals in every thread; the main thread waits for them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

// Whether SIGTERM or SIGINT comes within that time; there is nothing to load anew yet.
bool stop_is_asked(const sigset_t& signals, Duration wait) {
  const timespec limit{wait.ms / 1000, (wait.ms % 1000) * 1'000'000};
  const int signal = sigtimedwait(&signals, nullptr, &limit);
  return signal == SIGTERM || signal == SIGINT;
}

}  // namespace

int serve_command(const std::vector<std::string>& words) {
  ServeSettings settings;
  Flags flags("isobar serve [FLAGS]",
              "Runs the server: remote write, OTLP and scraping in; PromQL, graphs and the\n"
              "Prometheus API out. SIGTERM writes what is in memory and ends; SIGHUP loads\n"
              "--config anew.");
  add_flags(flags, settings);
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    std::fputs(flags.help().c_str(), stdout);
    return 0;
  }
  if (!parsed) return refuse(parsed.error(), 2);
  if (!arguments.empty()) return refuse({Code::kInvalid, "unexpected argument: " + arguments[0]}, 2);
  if (settings.profile != "local") {
    if (const Result<void> applied = apply_profile(words, settings); !applied) return refuse(applied.error(), 2);
  }
  const Result<telemetry::LogLevel> level = parse_level(settings.log_level);
  if (!level) return refuse(level.error(), 2);
  telemetry::set_log_level(*level);
  if (settings.flag_values.empty()) settings.flag_values = flags.values();

  const sigset_t signals = block_signals();
  auto program = Program::start(std::move(settings), [&signals](Duration wait) { return stop_is_asked(signals, wait); });
  if (!program && program.error().code == Code::kCancelled) return 0;
  if (!program) return refuse(program.error(), 1);
  telemetry::log_info("serving", {{"url", (*program)->url()}});
  std::printf("Isobar is ready: %s\n", (*program)->url().c_str());
  std::fflush(stdout);
  while (true) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    if (const Result<void> reloaded = (*program)->reload(); !reloaded) {
      telemetry::log_error("configuration not loaded, the old one stays", {{"error", reloaded.error().message}});
    }
  }
  telemetry::log_info("stopping: writing what is in memory");
  (*program)->stop();
  telemetry::log_info("stopped");
  return 0;
}

}  // namespace isobar::app
