#include "tsdb/generation.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "tsdb/head/generation_state.h"

namespace isobar::tsdb {
model::Labels Generation::State::labels_of(const TenantHead& tenant, const HeadSeries& s) const {
  std::string canonical;
  each_pair(s, [&](std::uint32_t pair) {
    canonical.append(tenant.pairs.canonical(pair));
    return true;
  });
  return model::Labels::from_canonical(std::move(canonical));
}

TenantHead& Generation::State::tenant(std::string_view name) {
  const auto at = tenants.find(name);
  if (at != tenants.end()) return *at->second;
  auto head = std::make_unique<TenantHead>();
  head->name = name;
  return *tenants.emplace(std::string(name), std::move(head)).first->second;
}

const TenantHead* Generation::State::find_tenant(std::string_view name) const {
  const auto at = tenants.find(name);
  return at == tenants.end() ? nullptr : at->second.get();
}

// Series numbers for the payload's series, creating the unknown ones. All label sets are checked before one is added.
Result<void> Generation::State::resolve_series(TenantHead& tenant) {
  const auto series_labels = payload.series();
  const std::size_t n = series_labels.size();
  refs.resize(n);
  hashes.resize(n);
  for (std::size_t i = 0; i < n; ++i) hashes[i] = hash128(series_labels[i]);
  tenant.by_hash.find(hashes, series_hashes, refs);
  bool unknown = false;
  for (std::size_t i = 0; i < n; ++i) {
    if (refs[i] != SeriesTable::kUnknown) continue;
    unknown = true;
    if (const auto labels = model::Labels::parse_canonical(series_labels[i]); !labels) return fail(labels.error());
  }
  if (!unknown) return {};
  for (std::size_t i = 0; i < n; ++i) {
    if (refs[i] != SeriesTable::kUnknown) continue;
    refs[i] = tenant.by_hash.find(hashes[i], series_hashes);  // a payload may name a series twice
    if (refs[i] == SeriesTable::kUnknown) refs[i] = add_series(tenant, series_labels[i], hashes[i]);
  }
  return {};
}

std::uint32_t Generation::State::add_series(TenantHead& tenant, std::string_view canonical, const Hash128& hash) {
  const std::uint32_t ref = series_count();
  HeadSeries& s = series.grow();
  s.first_pair = static_cast<std::uint32_t>(series_pairs.size());
  // Series of one target come together and share most pairs: the pair in the same place of the one before is tried first.
  std::uint32_t similar = tenant.newest == SeriesTable::kUnknown ? UINT32_MAX : series[tenant.newest].first_pair;
  ByteReader in(canonical);
  while (!in.at_end()) {
    const char* start = in.position();
    const std::string_view name = in.bytes();
    in.bytes();
    const std::string_view bytes(start, static_cast<std::size_t>(in.position() - start));
    std::uint32_t pair = kNoPair;
    if (similar != UINT32_MAX) {
      const std::uint32_t candidate = series_pairs[similar] & ~kLastPair;
      if (candidate != kNoPair && tenant.pairs.canonical(candidate) == bytes) pair = candidate;
      similar = (series_pairs[similar] & kLastPair) != 0 ? UINT32_MAX : similar + 1;
    }
    if (pair == kNoPair) pair = intern(tenant, bytes, name);
    PostingsList& postings = tenant.postings[pair];
    index_bytes -= postings.heap_bytes();
    postings.push_back(ref);
    index_bytes += postings.heap_bytes();
    series_pairs.push_back(in.at_end() ? pair | kLastPair : pair);
  }
  if (canonical.empty()) series_pairs.push_back(kNoPair | kLastPair);
  tenant.all.push_back(ref);
  tenant.newest = ref;
  series_hashes.push_back(hash);
  const std::size_t table = tenant.by_hash.bytes();
  tenant.by_hash.add(ref, series_hashes);
  index_bytes += tenant.by_hash.bytes() - table;
  ++stats.series;
  return ref;
}

std::uint32_t Generation::State::intern(TenantHead& tenant, std::string_view canonical_pair, std::string_view name) {
  const std::size_t before = tenant.pairs.bytes();
  const std::uint32_t pair = tenant.pairs.intern(canonical_pair);
  if (pair < tenant.postings.size()) return pair;
  tenant.postings.grow();
  auto by_name = tenant.pairs_by_name.find(name);
  if (by_name == tenant.pairs_by_name.end()) by_name = tenant.pairs_by_name.try_emplace(std::string(name)).first;
  by_name->second.add(pair, tenant.pairs);
  index_bytes += kBytesPerValue + sizeof(PostingsList) + tenant.pairs.bytes() - before;
  return pair;
}

void Generation::State::append_samples() {
  const auto floats = payload.floats();
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < std::min(kAhead, floats.size()); ++i) __builtin_prefetch(&series[refs[floats[i].series]]);
  for (std::size_t i = 0; i < floats.size(); ++i) {
    if (i + kAhead < floats.size()) __builtin_prefetch(&series[refs[floats[i + kAhead].series]]);
    if (i + kAhead / 2 < floats.size()) series[refs[floats[i + kAhead / 2].series]].open.prefetch();
    series[refs[floats[i].series]].append_float(floats[i], memory, counts);
  }
  for (const auto& sample : payload.histograms()) series[refs[sample.series]].append_histogram(sample, memory, counts);
  stats.samples += floats.size() + payload.histograms().size();
}

void Generation::State::add_exemplar(TenantHead& tenant, std::uint32_t ref, const model::Exemplar& exemplar) {
  if (tenant.exemplar_count >= kMaxExemplars) return;
  std::vector<model::Exemplar>& list = tenant.exemplars[ref];
  for (const model::Exemplar& known : list) {
    if (known == exemplar) return;
  }
  list.push_back(exemplar);
  ++tenant.exemplar_count;
  index_bytes += sizeof(model::Exemplar) + exemplar.labels.encoded().capacity();
}

void Generation::State::add_metadata(TenantHead& tenant, const model::Metadata& entry) {
  if (tenant.metadata.size() >= kMaxMetadata && !tenant.metadata.contains(entry.metric)) return;
  std::vector<model::Metadata>& list = tenant.metadata[entry.metric];
  for (const model::Metadata& known : list) {
    if (known == entry) return;
  }
  if (list.size() >= kMaxMetadataPerMetric) return;
  list.push_back(entry);
  index_bytes += sizeof(model::Metadata) + entry.metric.size() + entry.help.size() + entry.unit.size();
}

std::uint64_t Generation::State::bytes() const {
  return series.bytes() + series_hashes.bytes() + series_pairs.bytes() + memory.bytes() + index_bytes;
}

void Generation::State::account() {
  const std::uint64_t now = bytes();
  if (budget != nullptr) {
    if (now > stats.bytes) budget->reserve_always(now - stats.bytes);
    if (now < stats.bytes) budget->release(stats.bytes - now);
  }
  stats.bytes = now;
  stats.duplicates = counts.duplicates;
  stats.conflicts = counts.conflicts;
  stats.out_of_order = counts.out_of_order;
}

Generation::Generation(ingest_log::Position first, telemetry::MemoryBudget* budget)
    : first_(first), end_(first), state_(std::make_unique<State>(budget)) {}

Generation::~Generation() {
  if (state_->budget != nullptr) state_->budget->release(state_->stats.bytes);
}

Result<void> Generation::apply(const ingest_log::Record& record) {
  State& s = *state_;
  CHECK(!s.frozen);
  TRYV(s.payload.decode(record.payload, record.version));
  if (empty()) s.stats.first_ingest = record.header.ingest_time;
  TenantHead& tenant = s.tenant(record.header.tenant);
  TRYV(s.resolve_series(tenant));
  const auto seen = [&s](std::int64_t timestamp) {
    s.stats.min_time = std::min(s.stats.min_time, Timestamp{timestamp});
    s.stats.max_time = std::max(s.stats.max_time, Timestamp{timestamp});
  };
  for (const auto& sample : s.payload.floats()) seen(sample.timestamp);
  for (const auto& sample : s.payload.histograms()) seen(sample.timestamp);
  s.append_samples();
  for (const auto& sample : s.payload.exemplars()) s.add_exemplar(tenant, s.refs[sample.series], sample.exemplar);
  for (const auto& entry : s.payload.metadata()) s.add_metadata(tenant, entry);
  s.account();
  return {};
}

void Generation::freeze(ingest_log::Position end) {
  end_ = end;
  state_->frozen = true;
}

bool Generation::empty() const { return state_->tenants.empty(); }
GenerationStats Generation::stats() const { return state_->stats; }

std::uint64_t Generation::series_silent_since(Timestamp time) const {
  std::uint64_t silent = 0;
  for (std::size_t i = 0; i < state_->series.size(); ++i) silent += state_->series[i].last_time() < time.ms ? 1U : 0U;
  return silent;
}

void Generation::select(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                        std::vector<SelectedSeries>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  for (const std::uint32_t ref : match_series(HeadIndex(*state_, *head), matchers)) {
    const HeadSeries& s = state_->series[ref];
    if (!s.may_overlap(min, max)) continue;
    out.push_back({state_->labels_of(*head, s),
                   state_->frozen ? frozen_run(shared_from_this(), s) : growing_run(shared_from_this(), s)});
  }
}

void Generation::select_labels(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                               Timestamp max, std::vector<model::Labels>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  for (const std::uint32_t ref : match_series(HeadIndex(*state_, *head), matchers)) {
    const HeadSeries& s = state_->series[ref];
    if (s.may_overlap(min, max)) out.push_back(state_->labels_of(*head, s));
  }
}

void Generation::exemplars(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                           Timestamp max, std::vector<model::SeriesExemplars>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr || head->exemplars.empty()) return;
  for (const std::uint32_t ref : match_series(HeadIndex(*state_, *head), matchers)) {
    const auto at = head->exemplars.find(ref);
    if (at == head->exemplars.end()) continue;
    model::SeriesExemplars found{state_->labels_of(*head, state_->series[ref]), {}};
    for (const model::Exemplar& e : at->second) {
      if (e.timestamp >= min && e.timestamp <= max) found.exemplars.push_back(e);
    }
    if (!found.exemplars.empty()) out.push_back(std::move(found));
  }
}

void Generation::metadata(std::string_view tenant, std::string_view metric, std::vector<model::Metadata>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  if (!metric.empty()) {
    const auto at = head->metadata.find(metric);
    if (at != head->metadata.end()) out.insert(out.end(), at->second.begin(), at->second.end());
    return;
  }
  for (const auto& [name, entries] : head->metadata) out.insert(out.end(), entries.begin(), entries.end());
}

std::uint64_t Generation::series_of(std::string_view tenant) const {
  const TenantHead* head = state_->find_tenant(tenant);
  return head == nullptr ? 0 : head->all.size();
}

bool Generation::knows(std::string_view tenant, const Hash128& series) const {
  const TenantHead* head = state_->find_tenant(tenant);
  return head != nullptr && head->by_hash.find(series, state_->series_hashes) != SeriesTable::kUnknown;
}

void Generation::cardinality(std::string_view tenant, Cardinality& into) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  for (const auto& [name, pairs] : head->pairs_by_name) {
    std::uint64_t bytes = 0;
    for (const std::uint32_t pair : pairs.pairs()) {
      const std::string_view value = value_of_pair(head->pairs.canonical(pair));
      const std::uint64_t series = head->postings[pair].size();
      bytes += value.size() * series;
      into.series_by_pair.emplace_back(name + "=" + std::string(value), series);
      if (name == model::kMetricName) into.series_by_metric.emplace_back(value, series);
    }
    into.values_by_label.emplace_back(name, pairs.size());
    into.bytes_by_label.emplace_back(name, bytes);
    into.pairs += pairs.size();
  }
}

std::vector<std::string> Generation::tenants() const {
  std::vector<std::string> names;
  for (const auto& [name, head] : state_->tenants) names.push_back(name);
  return names;
}

}  // namespace isobar::tsdb
