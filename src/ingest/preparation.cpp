#include "ingest/preparation.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/labels.h"
#include "model/sample.h"

namespace isobar::ingest {

struct Preparation::Rules {
  TenantRules settings;
  model::Relabeler relabeler;
  bool empty() const { return !settings.accept_ha_samples && relabeler.empty(); }
};

struct Preparation::Table {
  std::shared_ptr<const Rules> defaults;
  std::map<std::string, std::shared_ptr<const Rules>, std::less<>> overrides;
};

// The HA pairs of one tenant.
struct Preparation::Pairs {
  std::mutex mutex;
  HaTracker tracker;
};

namespace {

enum class Fate : std::uint8_t { kKeep, kDrop, kRefuse };

// One series of the batch on its way through.
struct Series {
  std::string_view labels;
  HaTracker::Target* target = nullptr;  // null: not of an HA pair
  std::uint64_t replica = 0;
  bool report = false;
  Fate fate = Fate::kKeep;
};

struct HaLabels {
  std::string_view cluster, replica, job, instance, metric;
};

// The labels that matter, and the set without the replica in `rest`.
HaLabels read_labels(std::string_view canonical, const TenantRules& rules, std::string& rest) {
  HaLabels found;
  rest.clear();
  ByteReader in(canonical);
  while (!in.at_end() && in.ok()) {
    const std::string_view name = in.bytes();
    const std::string_view value = in.bytes();
    if (name == rules.ha_replica_label) {
      found.replica = value;
      continue;
    }
    if (name == rules.ha_cluster_label) found.cluster = value;
    if (name == "job") found.job = value;
    if (name == "instance") found.instance = value;
    if (name == model::kMetricName) found.metric = value;
    model::append_canonical(rest, name, value);
  }
  return found;
}

}  // namespace

struct Preparation::Work {
  const model::WriteBatch& in;
  PreparedBatch& out;
  std::vector<Series> series;
  // Of each sample, after deduplication.
  std::vector<bool> float_kept;
  std::vector<bool> histogram_kept;
};

void PreparedBatch::clear() {
  batch.clear();
  floats_from.clear();
  histograms_from.clear();
  floats_dropped = histograms_dropped = 0;
  floats_refused.clear();
  histograms_refused.clear();
  refusal.clear();
  arena_ = std::make_unique<Arena>();
}

Preparation::Preparation(telemetry::Registry& metrics)
    : deduplicated_(metrics.counter("isobar_ha_deduplicated_samples_total",
                                    "Samples dropped because another replica of the HA pair has sent the target.")),
      takeovers_(metrics.counter("isobar_ha_takeovers_total", "Targets whose samples are now taken from another replica.")),
      relabelled_away_(metrics.counter("isobar_ingest_relabel_dropped_samples_total",
                                       "Samples dropped by metric_relabel_configs of the tenant.")) {
  metrics.on_read("isobar_ha_targets", "Targets of HA pairs that are being followed.", "gauge", {},
                  [this] { return static_cast<double>(targets_.load()); });
}

Preparation::~Preparation() = default;

Result<void> Preparation::configure(const TenantRulesTable& table) {
  const auto compile = [](const TenantRules& settings) -> Result<std::shared_ptr<const Rules>> {
    auto rules = std::make_shared<Rules>();
    rules->settings = settings;
    TRY(rules->relabeler, model::Relabeler::create(settings.metric_relabel_configs));
    return std::shared_ptr<const Rules>(std::move(rules));
  };
  auto next = std::make_shared<Table>();
  TRY(next->defaults, compile(table.defaults));
  bool any = !next->defaults->empty();
  for (const auto& [tenant, settings] : table.overrides) {
    TRY(auto rules, compile(settings));
    any = any || !rules->empty();
    next->overrides.emplace(tenant, std::move(rules));
  }
  const std::lock_guard lock(mutex_);
  table_ = std::move(next);
  any_ = any;
  return {};
}

std::shared_ptr<const Preparation::Rules> Preparation::rules_of(std::string_view tenant) const {
  const std::lock_guard lock(mutex_);
  const auto at = table_->overrides.find(tenant);
  return at == table_->overrides.end() ? table_->defaults : at->second;
}

std::shared_ptr<Preparation::Pairs> Preparation::pairs_of(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  auto at = pairs_.find(tenant);
  if (at == pairs_.end()) at = pairs_.emplace(std::string(tenant), std::make_shared<Pairs>()).first;
  return at->second;
}

bool Preparation::prepare(std::string_view tenant, const model::WriteBatch& batch, Timestamp now, Timestamp latest, PreparedBatch& out) {
  if (!any_.load(std::memory_order_relaxed)) return false;
  const std::shared_ptr<const Rules> rules = rules_of(tenant);
  if (rules->empty()) return false;
  out.clear();
  Work work{batch, out, {}, std::vector<bool>(batch.floats.size(), true), std::vector<bool>(batch.histograms.size(), true)};
  for (const std::string_view labels : batch.series) work.series.push_back({.labels = labels});
  if (rules->settings.accept_ha_samples) deduplicate(tenant, *rules, now, latest, work);
  if (!rules->relabeler.empty()) relabel(*rules, work);
  copy_kept(work);
  return true;
}

void Preparation::deduplicate(std::string_view tenant, const Rules& rules, Timestamp now, Timestamp latest, Work& work) {
  const std::shared_ptr<Pairs> pairs = pairs_of(tenant);
  const std::lock_guard lock(pairs->mutex);
  const std::size_t targets_before = pairs->tracker.targets();
  Hash128 last_key;
  HaTracker::Target* last = nullptr;
  for (Series& series : work.series) {
    const HaLabels found = read_labels(series.labels, rules.settings, work.out.canonical_);
    if (found.cluster.empty() || found.replica.empty()) continue;
    const Hash128 key = HaTracker::key_of(found.cluster, found.job, found.instance, found.metric);
    if (last == nullptr || key != last_key) {
      last = pairs->tracker.find_or_add(key, rules.settings.ha_max_targets, now);
      last_key = key;
    }
    if (last == nullptr) {
      series.fate = Fate::kRefuse;
      if (work.out.refusal.empty()) {
        work.out.refusal = fmt::format("tenant has more targets in HA pairs than {} (ha_max_targets in the configuration)",
                                       rules.settings.ha_max_targets);
      }
      continue;
    }
    series.target = last;
    series.replica = hash64(found.replica) | 1;  // 0 is nobody
    series.report = HaTracker::is_report(found.metric);
    series.labels = work.out.arena_->copy(work.out.canonical_);
  }
  targets_ += pairs->tracker.targets() - targets_before;

  std::uint64_t takeovers = 0;
  const auto each = [&](const auto& use) {
    for (std::size_t i = 0; i < work.in.floats.size(); ++i) {
      const auto& sample = work.in.floats[i];
      use(work.series[sample.series], sample.timestamp, model::is_stale_nan(sample.value), work.float_kept, i);
    }
    for (std::size_t i = 0; i < work.in.histograms.size(); ++i) {
      const auto& sample = work.in.histograms[i];
      use(work.series[sample.series], sample.timestamp, model::is_stale_nan(sample.histogram->sum), work.histogram_kept, i);
    }
  };
  const auto judged = [&](const Series& series, std::int64_t timestamp) {
    return series.target != nullptr && timestamp >= 0 && timestamp <= latest.ms;
  };
  each([&](const Series& series, std::int64_t timestamp, bool stale, std::vector<bool>&, std::size_t) {
    if (!judged(series, timestamp)) return;
    if (HaTracker::observe(*series.target, series.replica, timestamp, series.report || stale)) ++takeovers;
  });
  std::uint64_t dropped = 0;
  each([&](const Series& series, std::int64_t timestamp, bool, std::vector<bool>& kept, std::size_t i) {
    if (!judged(series, timestamp) || HaTracker::keeps(*series.target, series.replica, timestamp)) return;
    kept[i] = false;
    ++dropped;
  });
  deduplicated_.add(dropped);
  takeovers_.add(takeovers);
}

void Preparation::relabel(const Rules& rules, Work& work) {
  for (Series& series : work.series) {
    if (series.fate != Fate::kKeep) continue;
    model::LabelsBuilder builder(model::Labels::from_canonical(std::string(series.labels)));
    const bool kept = rules.relabeler.apply(builder);
    const model::Labels labels = kept ? builder.build() : model::Labels{};
    // A series without metric name could not be asked for by name, and no door takes one.
    if (!kept || !labels.has(model::kMetricName)) {
      series.fate = Fate::kDrop;
    } else if (labels.encoded() != series.labels) {
      series.labels = work.out.arena_->copy(labels.encoded());
    }
  }
}

// Series without samples go as well: limits count series.
void Preparation::copy_kept(Work& work) {
  constexpr std::uint32_t kNone = UINT32_MAX;
  std::vector<std::uint32_t> place(work.series.size(), kNone);
  std::uint64_t relabelled_away = 0;
  model::WriteBatch& to = work.out.batch;
  to.digest = work.in.digest;
  const auto placed = [&](std::uint32_t from) {
    if (place[from] == kNone) {
      const Series& series = work.series[from];
      place[from] = static_cast<std::uint32_t>(to.series.size());
      to.series.push_back(series.labels);
    }
    return place[from];
  };
  const auto copy = [&](const auto& samples, const std::vector<bool>& kept, auto& into, auto& origin, auto& refused, std::uint64_t& dropped) {
    for (std::uint32_t i = 0; i < samples.size(); ++i) {
      const Fate fate = work.series[samples[i].series].fate;
      if (fate == Fate::kRefuse) {
        refused.push_back(i);
      } else if (fate == Fate::kDrop || !kept[i]) {
        ++dropped;
        if (kept[i]) ++relabelled_away;
      } else {
        into.push_back(samples[i]);
        into.back().series = placed(samples[i].series);
        origin.push_back(i);
      }
    }
  };
  PreparedBatch& out = work.out;
  copy(work.in.floats, work.float_kept, to.floats, out.floats_from, out.floats_refused, out.floats_dropped);
  copy(work.in.histograms, work.histogram_kept, to.histograms, out.histograms_from, out.histograms_refused, out.histograms_dropped);
  // An exemplar goes the way of its series' samples in the request, where there are any.
  for (const auto& exemplar : work.in.exemplars) {
    const Series& series = work.series[exemplar.series];
    if (series.fate != Fate::kKeep || (series.target != nullptr && place[exemplar.series] == kNone)) continue;
    to.exemplars.push_back(exemplar);
    to.exemplars.back().series = placed(exemplar.series);
  }
  to.metadata = work.in.metadata;
  relabelled_away_.add(relabelled_away);
}

}  // namespace isobar::ingest
