#include "ingest/ingester.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "ingest/partitioning.h"
#include "ingest/record_builder.h"
#include "ingest_log/record.h"
#include "model/labels.h"

namespace isobar::ingest {
namespace {

constexpr std::uint64_t kMaxLimitSeconds = 200ULL * 365 * 86'400;  // a longer limit is none, and sums stay in range

// Names shown in refusals are cut: a hostile label must not fill the answer.
std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 120;
  return text.size() <= kMax ? std::string(text) : std::string(text.substr(0, kMax)) + "…";
}

std::string shown_series(std::string_view canonical) {
  return shown(model::Labels::from_canonical(std::string(canonical)).to_string());
}

// What a walk over the labels of one series finds.
struct Walked {
  model::WriteBatch::Outline outline;
  std::string_view metric;
  std::string fault;  // the limit that is passed; empty: none
};

bool within(std::uint64_t size, std::uint64_t limit) {
  return limit == 0 || size <= limit;
}

Walked walk(std::string_view canonical, const limits::TenantLimits& limits) {
  Walked found;
  ByteReader in(canonical);
  while (!in.at_end() && in.ok()) {
    const std::string_view name = in.bytes();
    const std::string_view value = in.bytes();
    ++found.outline.labels;
    if (!within(name.size(), limits.max_label_name_bytes)) {
      found.fault =
          fmt::format("label name is {} bytes long, the limit is {} (--limits.max-label-name-bytes): {}",
                      name.size(), limits.max_label_name_bytes, shown(name));
    }
    if (!within(value.size(), limits.max_label_value_bytes)) {
      found.fault = fmt::format(
          "value of label \"{}\" is {} bytes long, the limit is {} (--limits.max-label-value-bytes)",
          shown(name), value.size(), limits.max_label_value_bytes);
    }
    // By length first: this is a walk over every label of every sample.
    if (name.size() == 3 && name == "job") found.outline.job = value;
    if (name.size() == 8) {
      if (name == "instance") found.outline.instance = value;
      if (name == model::kMetricName) found.metric = value;
    }
  }
  if (found.fault.empty() && !within(found.outline.labels, limits.max_label_names)) {
    found.fault = fmt::format("series has {} labels, the limit is {} (--limits.max-label-names): {}",
                              found.outline.labels, limits.max_label_names, shown_series(canonical));
  }
  return found;
}

// Whether the outline alone says that no limit is passed and where the series belongs.
bool tells_enough(const model::WriteBatch::Outline& outline, const limits::TenantLimits& limits) {
  return outline.labels != 0 && within(outline.labels, limits.max_label_names) &&
         within(outline.longest, limits.max_label_name_bytes) &&
         within(outline.longest, limits.max_label_value_bytes) &&
         !(outline.job.empty() && outline.instance.empty());
}

}  // namespace

std::string WriteOutcome::reason_text() const {
  std::string text;
  for (const std::string& reason : reasons) {
    if (!text.empty()) text += "; ";
    text += reason;
  }
  if (refused > reasons.size()) text += fmt::format("; {} samples refused in all", refused);
  return text;
}

// `partition[i]` of series i, or kRefused.
struct Ingester::Scratch {
  static constexpr std::uint32_t kRefused = UINT32_MAX;
  std::vector<std::uint32_t> partition;
  std::vector<PartitionSelection> selections;
  std::vector<ingest_log::Append> appends;
  RecordBuilder builder;
};

Ingester::Ingester(IngesterParts parts)
    : parts_(parts),
      samples_(parts.metrics.counter("isobar_ingest_samples_total", "Samples acknowledged.")),
      refused_(parts.metrics.counter("isobar_ingest_refused_samples_total", "Samples refused by limits or checks.")),
      requests_(parts.metrics.counter("isobar_ingest_batches_total", "Batches acknowledged.")),
      append_seconds_(parts.metrics.histogram("isobar_ingest_append_seconds", "Time until a batch is durable.")) {}

Ingester::~Ingester() = default;

Result<void> Ingester::write(std::string_view tenant, const model::WriteBatch& batch) {
  TRY(const WriteOutcome outcome, admit(tenant, batch));
  return {};
}

Result<WriteOutcome> Ingester::admit(std::string_view tenant, const model::WriteBatch& batch, RefusedSamples* refused) {
  if (batch.empty()) return WriteOutcome{};
  if (parts_.head_budget.exceeded()) {
    return fail(Code::kUnavailable,
                fmt::format("memory for recent samples is full ({} bytes, raise it with --memory.head); blocks are being "
                            "written, send it again",
                            parts_.head_budget.used_bytes()));
  }
  const limits::TenantLimits limits = parts_.limits.of(tenant);
  TRYV(check_rate(tenant, limits, batch.floats.size() + batch.histograms.size()));
  if (parts_.preparation != nullptr) {
    const auto lease = prepared_.take();
    PreparedBatch& prepared = *lease;
    const Timestamp now = parts_.clock.now();
    const Timestamp latest = now + Duration::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(
                                       limits.max_future_seconds == 0 ? kMaxLimitSeconds : limits.max_future_seconds, kMaxLimitSeconds)));
    if (parts_.preparation->prepare(tenant, batch, now, latest, prepared)) {
      Result<WriteOutcome> outcome = admit_by_rules(tenant, limits, prepared, refused);
      prepared.clear();  // a large batch's labels are not kept for ever
      return outcome;
    }
  }
  return admit_prepared(tenant, limits, batch, refused);
}

// Refused samples are told to the door by their places in its own batch.
Result<WriteOutcome> Ingester::admit_by_rules(std::string_view tenant, const limits::TenantLimits& limits, PreparedBatch& prepared,
                                              RefusedSamples* refused) {
  RefusedSamples among_kept;
  WriteOutcome outcome;
  if (!prepared.batch.empty()) {
    TRY(outcome, admit_prepared(tenant, limits, prepared.batch, &among_kept));
  }
  outcome.floats_dropped = prepared.floats_dropped;
  outcome.histograms_dropped = prepared.histograms_dropped;
  if (!prepared.refusal.empty()) {
    const std::uint64_t samples = prepared.floats_refused.size() + prepared.histograms_refused.size();
    outcome.refuse(samples, prepared.refusal);
    refused_.add(samples);
  }
  if (refused == nullptr) return outcome;
  const auto tell = [](const std::vector<std::uint32_t>& kept, const std::vector<std::uint32_t>& from, const std::vector<std::uint32_t>& more,
                       std::vector<std::uint32_t>& into) {
    const auto begin = static_cast<std::ptrdiff_t>(into.size());
    for (const std::uint32_t i : kept) into.push_back(from[i]);
    into.insert(into.end(), more.begin(), more.end());
    std::sort(into.begin() + begin, into.end());
  };
  tell(among_kept.floats, prepared.floats_from, prepared.floats_refused, refused->floats);
  tell(among_kept.histograms, prepared.histograms_from, prepared.histograms_refused, refused->histograms);
  return outcome;
}

Result<WriteOutcome> Ingester::admit_prepared(std::string_view tenant, const limits::TenantLimits& limits, const model::WriteBatch& batch,
                                              RefusedSamples* refused) {
  WriteOutcome outcome;
  const auto lease = scratch_.take();
  Scratch& s = *lease;
  check_series(tenant, limits, batch, s, outcome);
  check_new_series(tenant, limits, batch, s, outcome);
  select_samples(limits, batch, s, outcome, refused);
  TRYV(build_records(tenant, batch, s));
  const Monotonic start = parts_.clock.monotonic();
  TRYV(parts_.log.append(s.appends));
  append_seconds_.observe(seconds_between(start, parts_.clock.monotonic()));
  samples_.add(outcome.floats + outcome.histograms);
  refused_.add(outcome.refused);
  requests_.add();
  return outcome;
}

Result<void> Ingester::check_rate(std::string_view tenant, const limits::TenantLimits& limits, std::uint64_t samples) {
  if (limits.max_samples_per_second == 0) return {};
  const std::lock_guard lock(tenants_mutex_);
  TenantState& state = tenants_.try_emplace(std::string(tenant)).first->second;
  const auto rate = static_cast<double>(limits.max_samples_per_second);
  if (!state.rate || state.rate_limit != limits.max_samples_per_second) {
    state.rate = std::make_unique<limits::TokenBucket>(rate, rate * 10);
    state.rate_limit = limits.max_samples_per_second;
  }
  if (state.rate->take(static_cast<double>(samples), parts_.clock.monotonic())) return {};
  return fail(Code::kRateLimited, fmt::format("tenant sends more than {} samples a second (--limits.max-samples-per-second): {}",
                                              limits.max_samples_per_second, tenant));
}

// Label limits and the partition. A series whose outline says too little is walked.
void Ingester::check_series(std::string_view tenant, const limits::TenantLimits& limits,
                            const model::WriteBatch& batch, Scratch& s, WriteOutcome& outcome) {
  s.partition.assign(batch.series.size(), Scratch::kRefused);
  model::WriteBatch::Outline last;
  std::optional<ingest_log::PartitionId> last_partition;  // of the target before, if it is one
  for (std::size_t i = 0; i < batch.series.size(); ++i) {
    Walked series;
    if (i < batch.outlines.size()) series.outline = batch.outlines[i];
    if (!tells_enough(series.outline, limits)) series = walk(batch.series[i], limits);
    if (!series.fault.empty()) {
      outcome.refuse(0, std::move(series.fault));
      continue;
    }
    const model::WriteBatch::Outline& outline = series.outline;
    if (last_partition && outline.job == last.job && outline.instance == last.instance) {
      s.partition[i] = last_partition->value;
      continue;
    }
    const ingest_log::PartitionId partition =
        partition_of(tenant, outline.job, outline.instance, series.metric, parts_.partitions);
    s.partition[i] = partition.value;
    // Without a target the metric spreads the series.
    last_partition =
        outline.job.empty() && outline.instance.empty() ? std::nullopt : std::optional(partition);
    last = outline;
  }
}

// max_series: exact, and only looked at closely when the limit is near.
void Ingester::check_new_series(std::string_view tenant, const limits::TenantLimits& limits,
                                const model::WriteBatch& batch, Scratch& s, WriteOutcome& outcome) {
  if (limits.max_series == 0 || parts_.census == nullptr || batch.series.empty()) return;
  {
    const std::lock_guard lock(tenants_mutex_);
    TenantState& state = tenants_.try_emplace(std::string(tenant)).first->second;
    if (state.series_known && state.series + batch.series.size() <= limits.max_series) {
      state.series += batch.series.size();  // as if all were new; the next look corrects it
      return;
    }
  }
  std::uint64_t series = parts_.census->series_of(tenant);
  std::vector<bool> known;
  std::vector<Hash128> hashes;
  std::vector<Hash128> added;
  std::vector<std::uint32_t> members;
  if (series + batch.series.size() > limits.max_series) {
    for (std::uint32_t p = 0; p < parts_.partitions; ++p) {
      hashes.clear();
      members.clear();
      for (std::uint32_t i = 0; i < batch.series.size(); ++i) {
        if (s.partition[i] != p) continue;
        members.push_back(i);
        hashes.push_back(hash128(batch.series[i]));
      }
      if (members.empty()) continue;
      parts_.census->known_series(tenant, {p}, hashes, known);
      for (std::size_t k = 0; k < members.size(); ++k) {
        // A request may name a series twice; it is new once.
        if (known[k] || std::find(added.begin(), added.end(), hashes[k]) != added.end()) continue;
        if (series < limits.max_series) {
          ++series;
          added.push_back(hashes[k]);
          continue;
        }
        s.partition[members[k]] = Scratch::kRefused;
        outcome.refuse(0, fmt::format("tenant has {} series, the limit is {} (--limits.max-series); new series: {}",
                                      series, limits.max_series, shown_series(batch.series[members[k]])));
      }
    }
  } else {
    series += batch.series.size();
  }
  const std::lock_guard lock(tenants_mutex_);
  TenantState& state = tenants_.try_emplace(std::string(tenant)).first->second;
  state.series = series;
  state.series_known = true;
}

void Ingester::select_samples(const limits::TenantLimits& limits, const model::WriteBatch& batch, Scratch& s,
                              WriteOutcome& outcome, RefusedSamples* refused) {
  s.selections.resize(parts_.partitions);
  for (PartitionSelection& selection : s.selections) selection.clear();
  for (std::uint32_t i = 0; i < batch.series.size(); ++i) {
    if (s.partition[i] != Scratch::kRefused) s.selections[s.partition[i]].series.push_back(i);
  }
  // One span of admitted timestamps; a limit of 0 leaves its side open.
  const Timestamp now = parts_.clock.now();
  const auto seconds = [](std::uint64_t limit) { return static_cast<std::int64_t>(std::min<std::uint64_t>(limit, kMaxLimitSeconds)); };
  const std::int64_t latest = limits.max_future_seconds == 0 ? INT64_MAX : now.ms + seconds(limits.max_future_seconds) * 1000;
  const std::int64_t earliest = limits.max_past_seconds == 0 ? INT64_MIN : now.ms - seconds(limits.max_past_seconds) * 1000;
  const auto admitted = [&](std::uint32_t series, std::int64_t timestamp) {
    if (s.partition[series] == Scratch::kRefused) {
      ++outcome.refused;
      return false;
    }
    if (timestamp >= earliest && timestamp <= latest) return true;
    const bool future = timestamp > latest;
    outcome.refuse(1, fmt::format("timestamp {} is more than {} seconds in the {} (--limits.max-{}-seconds): {}", timestamp,
                                  future ? limits.max_future_seconds : limits.max_past_seconds, future ? "future" : "past",
                                  future ? "future" : "past", shown_series(batch.series[series])));
    return false;
  };
  for (std::uint32_t i = 0; i < batch.floats.size(); ++i) {
    if (!admitted(batch.floats[i].series, batch.floats[i].timestamp)) {
      if (refused != nullptr) refused->floats.push_back(i);
      continue;
    }
    s.selections[s.partition[batch.floats[i].series]].floats.push_back(i);
    ++outcome.floats;
  }
  for (std::uint32_t i = 0; i < batch.histograms.size(); ++i) {
    if (!admitted(batch.histograms[i].series, batch.histograms[i].timestamp)) {
      if (refused != nullptr) refused->histograms.push_back(i);
      continue;
    }
    s.selections[s.partition[batch.histograms[i].series]].histograms.push_back(i);
    ++outcome.histograms;
  }
  for (std::uint32_t i = 0; i < batch.exemplars.size(); ++i) {
    if (!admitted(batch.exemplars[i].series, batch.exemplars[i].exemplar.timestamp.ms)) continue;
    s.selections[s.partition[batch.exemplars[i].series]].exemplars.push_back(i);
    ++outcome.exemplars;
  }
  // Metadata belongs to no series; it goes where the metric name falls.
  for (std::uint32_t i = 0; i < batch.metadata.size(); ++i) {
    const auto p = partition_of("", "", "", batch.metadata[i].metric, parts_.partitions);
    s.selections[p.value].metadata.push_back(i);
  }
}

Result<void> Ingester::build_records(std::string_view tenant, const model::WriteBatch& batch, Scratch& s) {
  ingest_log::RecordHeader header;
  header.tenant = tenant;
  header.writer_id = parts_.writer_id;
  header.sequence = sequence_.fetch_add(1, std::memory_order_relaxed);
  header.ingest_time = parts_.clock.now();
  header.request_digest = batch.digest;
  return s.builder.build(header, batch, s.selections, s.appends);
}

}  // namespace isobar::ingest
