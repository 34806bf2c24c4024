#include "scrape/scraper.h"

#include <chrono>
#include <condition_variable>
#include <set>
#include <thread>

#include "discovery/discovery_set.h"
#include "http/worker_pool.h"
#include "scrape/fetcher.h"
#include "scrape/schedule.h"
#include "scrape/scrape_loop.h"
#include "telemetry/log.h"

namespace isobar::scrape {
namespace {

constexpr Duration kRetryAfter = Duration::seconds(1);
constexpr Duration kLookAtDiscovery = Duration::millis(500);
constexpr std::size_t kDiscoveryThreads = 4;

Timestamp system_now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}
Monotonic system_monotonic() {
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

TargetHealth to_public(Health health) {
  switch (health) {
    case Health::kUnknown: return TargetHealth::kUnknown;
    case Health::kUp: return TargetHealth::kUp;
    case Health::kDown: return TargetHealth::kDown;
  }
  return TargetHealth::kUnknown;
}

Result<std::shared_ptr<const JobRules>> compile(const ScrapeConfig& config) {
  auto rules = std::make_shared<JobRules>();
  rules->config = config;
  const std::string context = "scrape job " + config.job_name;
  auto target = model::Relabeler::create(config.relabel);
  if (!target) return fail(std::move(target).error().with_context(context));
  auto metric = model::Relabeler::create(config.metric_relabel);
  if (!metric) return fail(std::move(metric).error().with_context(context));
  rules->target_relabeler = *std::move(target);
  rules->metric_relabeler = *std::move(metric);
  return rules;
}

}  // namespace

struct Scraper::Impl {
  struct Job {
    std::shared_ptr<const JobRules> rules;
    std::shared_ptr<discovery::DiscoverySet> discovery;
    bool refreshing = false;
    std::map<Hash128, std::shared_ptr<Slot>> slots;
    std::vector<model::Labels> dropped;
    std::size_t dropped_count = 0;
    std::vector<std::string> discovery_errors;
  };
  // What is due of a slot.
  enum class Action { kScrape, kFlush, kEnd };
  // What a job's groups amount to.
  struct Found {
    std::map<Hash128, Target> targets;
    std::vector<model::Labels> dropped;
    std::size_t dropped_count = 0;
    std::string refusal;  // target_limit
  };

  Impl(ScraperOptions given, model::SampleSink& sink, telemetry::Registry& own_registry, Outside outside)
      : options(std::move(given)), registry(own_registry),
        dns(outside.dns ? std::move(outside.dns) : net::make_dns_resolver()),
        fetcher(outside.fetcher ? std::move(outside.fetcher)
                                : make_http_fetcher(scrape_client, options.default_body_limit)),
        retry_budget("samples that wait for the ingest log", options.retry_bytes, "--scrape.retry-bytes"),
        loops{.sink = sink,
              .fetcher = *fetcher,
              .tenant = options.tenant,
              .now = options.now ? options.now : system_now,
              .monotonic = options.monotonic ? options.monotonic : system_monotonic,
              .cancellation = cancellation,
              .retry_budget = retry_budget,
              .lost_samples = registry.counter("isobar_scrape_samples_lost_total",
                                               "Samples of scrapes that could not be written in time."),
              .scrapes_failed = registry.counter("isobar_scrape_failures_total", "Scrapes that failed."),
              .samples_scraped = registry.counter("isobar_scrape_samples_total", "Samples taken from targets."),
              .out_of_bounds = registry.counter("isobar_scrape_samples_out_of_bounds_total",
                                                "Samples left out for a timestamp too far in the future.")},
        delay(registry.histogram("isobar_scrape_delay_seconds", "How late scrapes began, for want of a free thread.")) {}

  Result<void> apply(const std::vector<ScrapeConfig>& configs);
  Found find_targets(const JobRules& rules, const std::vector<discovery::TargetGroup>& groups) const;
  void refresh(const std::string& name);
  void adopt(Job& job, Found found);
  void add_target(Job& job, const Hash128& id, Target target);
  void retire(const std::shared_ptr<Slot>& slot);
  std::shared_ptr<Slot> take(Timestamp now, Action& action);
  void run(ScrapeLoop& loop, Action action, Timestamp due);
  void finish(const std::shared_ptr<Slot>& slot, Action action);
  std::vector<std::string> due_jobs();
  void work();
  void watch_discovery();

  const ScraperOptions options;
  telemetry::Registry& registry;
  http::Client scrape_client{4096};
  http::Client discovery_client{64};
  std::unique_ptr<net::DnsResolver> dns;
  std::unique_ptr<Fetcher> fetcher;
  telemetry::MemoryBudget retry_budget;
  Cancellation cancellation;
  LoopSurroundings loops;
  telemetry::DurationHistogram& delay;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable wake;
  bool stopping = false;
  std::map<std::string, Job> jobs;
  std::map<Hash128, std::shared_ptr<Slot>> retired;  // until they end
  Schedule schedule;

  std::vector<std::thread> threads;
  std::unique_ptr<http::WorkerPool> discovery_pool;
};

Result<void> Scraper::Impl::apply(const std::vector<ScrapeConfig>& configs) {
  std::map<std::string, std::shared_ptr<const JobRules>> compiled;
  for (const ScrapeConfig& config : configs) {
    TRY(compiled[config.job_name], compile(config));
  }
  const std::lock_guard lock(mutex);
  for (auto it = jobs.begin(); it != jobs.end();) {
    if (compiled.contains(it->first)) {
      ++it;
      continue;
    }
    for (const auto& [id, slot] : it->second.slots) retire(slot);
    it = jobs.erase(it);
  }
  for (auto& [name, rules] : compiled) {
    Job& job = jobs[name];
    if (job.rules && job.rules->config == rules->config) continue;
    job.rules = rules;
    job.refreshing = false;  // a refresh in flight is of the discovery before, and will be ignored
    job.discovery = std::make_shared<discovery::DiscoverySet>(
        name, rules->config.discovery, discovery::Surroundings{discovery_client, *dns, registry});
    for (const auto& [id, slot] : job.slots) slot->loop->apply(rules);
  }
  wake.notify_all();
  return {};
}

Scraper::Impl::Found Scraper::Impl::find_targets(const JobRules& rules,
                                                 const std::vector<discovery::TargetGroup>& groups) const {
  Found found;
  const ScrapeLimits& limits = rules.config.limits;
  const std::size_t keep = limits.dropped_targets != 0 ? limits.dropped_targets : options.dropped_targets;
  for (const discovery::TargetGroup& group : groups) {
    for (const model::Labels& labels : group.targets) {
      const model::Labels discovered = discovered_labels(rules.config, labels, group.labels);
      auto target = make_target(rules.config, rules.target_relabeler, discovered);
      if (!target) {
        telemetry::log_warn("a discovered target cannot be used",
                            {{"job", rules.config.job_name}, {"error", target.error().message}});
      } else if (!*target) {
        ++found.dropped_count;
        if (found.dropped.size() < keep) found.dropped.push_back(discovered);
      } else if (!options.owns || options.owns(**target)) {
        found.targets.emplace((*target)->id(), **std::move(target));
      }
    }
  }
  if (limits.targets != 0 && found.targets.size() > limits.targets) {
    found.refusal = fmt::format("target_limit: {} targets, at most {} are allowed", found.targets.size(), limits.targets);
  }
  return found;
}

void Scraper::Impl::refresh(const std::string& name) {
  std::shared_ptr<discovery::DiscoverySet> discovery;
  std::shared_ptr<const JobRules> rules;
  {
    const std::lock_guard lock(mutex);
    const auto job = jobs.find(name);
    if (job == jobs.end()) return;
    discovery = job->second.discovery;
    rules = job->second.rules;
  }
  const bool changed = discovery->run_once(loops.monotonic());
  Found found;
  if (changed) found = find_targets(*rules, discovery->groups());
  const std::lock_guard lock(mutex);
  const auto job = jobs.find(name);
  if (job == jobs.end() || job->second.discovery != discovery) return;  // reloaded meanwhile
  job->second.refreshing = false;
  job->second.discovery_errors = discovery->errors();
  if (changed) adopt(job->second, std::move(found));
  wake.notify_all();
}

// Starts loops of new targets and ends those of targets that are gone. Under the lock.
void Scraper::Impl::adopt(Job& job, Found found) {
  for (auto it = job.slots.begin(); it != job.slots.end();) {
    if (found.targets.contains(it->first)) {
      ++it;
      continue;
    }
    retire(it->second);
    it = job.slots.erase(it);
  }
  for (auto& [id, target] : found.targets) {
    if (!job.slots.contains(id)) add_target(job, id, std::move(target));
  }
  for (const auto& [id, slot] : job.slots) slot->loop->refuse(found.refusal);
  job.dropped = std::move(found.dropped);
  job.dropped_count = found.dropped_count;
}

void Scraper::Impl::add_target(Job& job, const Hash128& id, Target target) {
  const Timestamp next = next_scrape_time(id, target.interval, loops.now());
  // The same target may have gone a moment ago, or moved here from another job: its state is still good.
  if (const auto before = retired.find(id); before != retired.end()) {
    std::shared_ptr<Slot> slot = std::move(before->second);
    retired.erase(before);
    slot->removed = false;
    slot->loop->apply(job.rules);
    slot->next_scrape = next;
    if (slot->queued) schedule.remove(slot);
    if (!slot->running) schedule.add(slot, next);
    job.slots.emplace(id, std::move(slot));
    return;
  }
  auto slot = std::make_shared<Slot>();
  slot->id = id;
  slot->next_scrape = next;
  slot->loop = std::make_shared<ScrapeLoop>(std::move(target), job.rules, loops);
  schedule.add(slot, next);
  job.slots.emplace(id, std::move(slot));
}

// One interval from now the loop writes its markers, unless the target is back by then.
void Scraper::Impl::retire(const std::shared_ptr<Slot>& slot) {
  slot->removed = true;
  retired[slot->id] = slot;
  if (slot->queued) schedule.remove(slot);
  if (!slot->running) schedule.add(slot, loops.now() + slot->loop->target().interval);
}

// The next slot that is due and what is to be done with it, under the lock.
std::shared_ptr<Slot> Scraper::Impl::take(Timestamp now, Action& action) {
  std::shared_ptr<Slot> slot = schedule.take_due(now);
  if (slot == nullptr) return slot;
  slot->running = true;
  action = slot->removed ? Action::kEnd : slot->due < slot->next_scrape ? Action::kFlush : Action::kScrape;
  if (action == Action::kEnd) retired.erase(slot->id);
  return slot;
}

// Without the lock.
void Scraper::Impl::run(ScrapeLoop& loop, Action action, Timestamp due) {
  switch (action) {
    case Action::kEnd: return loop.end();
    case Action::kFlush: return loop.flush();
    case Action::kScrape:
      delay.observe(std::max(0.0, (loops.now() - due).to_seconds()));
      return loop.run(due);
  }
}

// After run(), under the lock: when again.
void Scraper::Impl::finish(const std::shared_ptr<Slot>& slot, Action action) {
  slot->running = false;
  if (action == Action::kEnd) return;
  const Timestamp now = loops.now();
  const Duration interval = slot->loop->target().interval;
  if (slot->removed) return schedule.add(slot, now + interval);  // went while it ran
  if (action == Action::kScrape) slot->next_scrape = next_scrape_time(slot->id, interval, now);
  schedule.add(slot, slot->loop->has_unwritten() ? std::min(slot->next_scrape, now + kRetryAfter) : slot->next_scrape);
}

std::vector<std::string> Scraper::Impl::due_jobs() {
  const std::lock_guard lock(mutex);
  std::vector<std::string> names;
  const Monotonic now = loops.monotonic();
  for (auto& [name, job] : jobs) {
    if (job.refreshing) continue;
    const bool first = job.discovery->next_due() <= now || job.discovery->needs_first_run();
    if (!first) continue;
    job.refreshing = true;
    names.push_back(name);
  }
  return names;
}

void Scraper::Impl::work() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    const Timestamp now = loops.now();
    for (const auto& slot : schedule.take_displaced(now)) {
      slot->next_scrape = next_scrape_time(slot->id, slot->loop->target().interval, now);
      schedule.add(slot, slot->next_scrape);
    }
    Action action{};
    const std::shared_ptr<Slot> slot = take(now, action);
    if (slot == nullptr) {
      const std::int64_t wait = std::clamp<std::int64_t>((schedule.next_due() - now).ms, 1, 1000);
      wake.wait_for(lock, std::chrono::milliseconds(wait));
      continue;
    }
    const Timestamp due = slot->due;
    lock.unlock();
    run(*slot->loop, action, due);
    lock.lock();
    finish(slot, action);
  }
}

void Scraper::Impl::watch_discovery() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    lock.unlock();
    for (const std::string& name : due_jobs()) {
      static_cast<void>(discovery_pool->submit_continuation([this, name] { refresh(name); }));
    }
    lock.lock();
    wake.wait_for(lock, std::chrono::milliseconds(kLookAtDiscovery.ms), [this] { return stopping; });
  }
}

Scraper::Scraper(ScraperOptions options, model::SampleSink& sink, telemetry::Registry& registry)
    : Scraper(std::move(options), sink, registry, Outside{}) {}
Scraper::Scraper(ScraperOptions options, model::SampleSink& sink, telemetry::Registry& registry, Outside outside)
    : impl_(std::make_unique<Impl>(std::move(options), sink, registry, std::move(outside))) {}
Scraper::~Scraper() { stop(); }

Result<void> Scraper::apply(const std::vector<ScrapeConfig>& configs) { return impl_->apply(configs); }

void Scraper::start() {
  impl_->discovery_pool = std::make_unique<http::WorkerPool>(
      http::PoolOptions{.name = "discovery", .threads = kDiscoveryThreads, .max_queued = 0});
  impl_->threads.emplace_back([this] { impl_->watch_discovery(); });
  for (std::size_t i = 0; i < std::max<std::size_t>(1, impl_->options.threads); ++i) {
    impl_->threads.emplace_back([this] { impl_->work(); });
  }
}

void Scraper::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->cancellation.cancel(Cancellation::Reason::kShutdown);
  impl_->wake.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  if (impl_->discovery_pool) impl_->discovery_pool->stop();
  for (const auto& [name, job] : impl_->jobs) {  // the last chance of what the sink could not take
    for (const auto& [id, slot] : job.slots) {
      if (slot->loop->has_unwritten()) slot->loop->flush();
    }
  }
}

std::size_t Scraper::run_due() {
  for (const std::string& name : impl_->due_jobs()) impl_->refresh(name);
  std::size_t scrapes = 0;
  for (;;) {
    std::unique_lock lock(impl_->mutex);
    Impl::Action action{};
    const std::shared_ptr<Slot> slot = impl_->take(impl_->loops.now(), action);
    if (slot == nullptr) return scrapes;
    if (action == Impl::Action::kScrape) ++scrapes;
    const Timestamp due = slot->due;
    lock.unlock();
    impl_->run(*slot->loop, action, due);
    lock.lock();
    impl_->finish(slot, action);
  }
}

Timestamp Scraper::next_due() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->schedule.next_due();
}

TargetsStatus Scraper::targets() const {
  const std::lock_guard lock(impl_->mutex);
  TargetsStatus status;
  for (const auto& [name, job] : impl_->jobs) {
    const std::size_t first = status.active.size();
    for (const auto& [id, slot] : job.slots) {
      const Target& target = slot->loop->target();
      LoopStatus loop = slot->loop->status();
      status.active.push_back({.scrape_pool = name,
                               .labels = target.labels,
                               .discovered_labels = target.discovered,
                               .scrape_url = target.url,
                               .global_url = global_url(target.url, impl_->options.external_host),
                               .health = to_public(loop.health),
                               .last_error = std::move(loop.last_error),
                               .last_scrape = loop.last_scrape,
                               .last_scrape_duration_seconds = loop.last_duration_seconds,
                               .scrape_interval = target.interval,
                               .scrape_timeout = target.timeout});
    }
    std::sort(status.active.begin() + static_cast<std::ptrdiff_t>(first), status.active.end(),
              [](const ActiveTarget& a, const ActiveTarget& b) { return a.labels < b.labels; });
    for (const model::Labels& labels : job.dropped) status.dropped.push_back({name, labels});
    status.dropped_counts[name] = job.dropped_count;
  }
  return status;
}

std::vector<std::string> Scraper::pools() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, job] : impl_->jobs) names.push_back(name);
  return names;
}

std::vector<TargetMetadata> Scraper::metadata() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<TargetMetadata> all;
  for (const auto& [name, job] : impl_->jobs) {
    for (const auto& [id, slot] : job.slots) all.push_back({name, slot->loop->target().labels, slot->loop->metadata()});
  }
  return all;
}

std::vector<std::string> Scraper::discovery_errors() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<std::string> all;
  for (const auto& [name, job] : impl_->jobs) {
    for (const std::string& error : job.discovery_errors) all.push_back(name + ": " + error);
  }
  return all;
}

}  // namespace isobar::scrape
