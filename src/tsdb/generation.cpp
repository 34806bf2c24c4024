#include "tsdb/generation.h"

#include <bit>

#include "base/bytes.h"
#include "base/check.h"
#include "tsdb/generation_state.h"

namespace isobar::tsdb {
namespace {

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

model::SampleColumns to_columns(const std::vector<WaitingSample>& samples) {
  model::SampleColumns columns;
  for (const WaitingSample& s : samples) {
    if (s.histogram) {
      columns.push_histogram(s.timestamp, s.histogram, s.start_timestamp);
    } else {
      columns.push_float(s.timestamp, s.value, s.start_timestamp);
    }
  }
  return columns;
}

// Sorted by time, the first come of equal ones kept.
model::SampleColumns sorted_columns(std::vector<WaitingSample> samples, MergeCounts* counts) {
  std::stable_sort(samples.begin(), samples.end(),
                   [](const WaitingSample& a, const WaitingSample& b) { return a.timestamp < b.timestamp; });
  std::vector<WaitingSample> unique;
  unique.reserve(samples.size());
  for (WaitingSample& s : samples) {
    if (unique.empty() || unique.back().timestamp != s.timestamp) {
      unique.push_back(std::move(s));
      continue;
    }
    if (counts == nullptr) continue;
    const WaitingSample& kept = unique.back();
    const bool same = kept.histogram && s.histogram ? model::identical(*kept.histogram, *s.histogram)
                                                    : !kept.histogram && !s.histogram && same_bits(kept.value, s.value);
    ++(same ? counts->duplicates : counts->conflicts);
  }
  return to_columns(unique);
}

// The ascending samples of a series whose chunks overlap [min, max].
Result<void> read_ascending(std::span<const std::shared_ptr<const Chunk>> closed, const Chunk* open, Timestamp min,
                            Timestamp max, model::SampleColumns& out) {
  const auto read = [&](const Chunk& chunk) -> Result<void> {
    if (chunk.count == 0 || chunk.max_time < min.ms || chunk.min_time > max.ms) return {};
    if (chunk.min_time >= min.ms && chunk.max_time <= max.ms) {
      return decode_chunk({chunk.encoding, chunk.count, chunk.bytes}, out);
    }
    model::SampleColumns whole;
    TRYV(decode_chunk({chunk.encoding, chunk.count, chunk.bytes}, whole));
    append_range(whole, min, max, out);
    return {};
  };
  for (const auto& chunk : closed) TRYV(read(*chunk));
  if (open != nullptr) TRYV(read(*open));
  return {};
}

Result<void> merge_extra(model::SampleColumns floats, const HeadSeries::Extra& extra, Timestamp min, Timestamp max,
                         model::SampleColumns& out, MergeCounts* counts) {
  model::SampleColumns ascending;
  merge_columns(floats, to_columns(extra.histograms), ascending);
  model::SampleColumns merged;
  merge_columns(ascending, sorted_columns(extra.out_of_order, counts), merged, counts);
  append_range(merged, min, max, out);
  return {};
}

// What select() hands out: shared closed chunks, copies of what still grows.
class HeadRun final : public SampleRun {
 public:
  explicit HeadRun(const HeadSeries& series) : closed_(series.closed), open_(series.open.snapshot()) {
    if (series.extra) extra_ = std::make_unique<HeadSeries::Extra>(*series.extra);
  }
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    if (!extra_) return read_ascending(closed_, &open_, min, max, out);
    model::SampleColumns floats;
    TRYV(read_ascending(closed_, &open_, Timestamp::min(), Timestamp::max(), floats));
    return merge_extra(std::move(floats), *extra_, min, max, out, nullptr);
  }
  std::size_t sample_count_bound() const override {
    std::size_t n = open_.count;
    for (const auto& chunk : closed_) n += chunk->count;
    if (extra_) n += extra_->histograms.size() + extra_->out_of_order.size();
    return n;
  }

 private:
  std::vector<std::shared_ptr<const Chunk>> closed_;
  Chunk open_;
  std::unique_ptr<HeadSeries::Extra> extra_;
};

// A frozen series needs no copy: the generation stays alive with the run.
class FrozenRun final : public SampleRun {
 public:
  FrozenRun(std::shared_ptr<const Generation> owner, const HeadSeries& series)
      : owner_(std::move(owner)), series_(series) {}
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    return read_head_series(series_, min, max, out, nullptr);
  }
  std::size_t sample_count_bound() const override {
    std::size_t n = series_.open.count();
    for (const auto& chunk : series_.closed) n += chunk->count;
    if (series_.extra) n += series_.extra->histograms.size() + series_.extra->out_of_order.size();
    return n;
  }

 private:
  std::shared_ptr<const Generation> owner_;
  const HeadSeries& series_;
};

// Cheap over-approximation: out-of-order samples may widen the range at both ends.
bool may_overlap(const HeadSeries& s, Timestamp min, Timestamp max) {
  // A series without samples (only exemplars came) has its range inside out.
  return s.min_time <= s.last_time && s.min_time <= max.ms && s.last_time >= min.ms;
}

}  // namespace

Result<void> read_head_series(const HeadSeries& series, Timestamp min, Timestamp max, model::SampleColumns& out,
                              MergeCounts* counts) {
  const Chunk open = series.open.snapshot();
  if (!series.extra) return read_ascending(series.closed, &open, min, max, out);
  model::SampleColumns floats;
  TRYV(read_ascending(series.closed, &open, Timestamp::min(), Timestamp::max(), floats));
  return merge_extra(std::move(floats), *series.extra, min, max, out, counts);
}

model::Labels Generation::State::labels_of(const HeadSeries& s) const {
  std::string canonical;
  for (std::uint32_t i = 0; i < s.pair_count; ++i) canonical.append(pairs.canonical(series_pairs[s.first_pair + i]));
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
  constexpr std::uint32_t kUnknown = UINT32_MAX;
  refs.assign(series_labels.size(), kUnknown);
  hashes.resize(series_labels.size());
  bool unknown = false;
  for (std::size_t i = 0; i < series_labels.size(); ++i) {
    hashes[i] = hash128(series_labels[i]);
    const auto known = tenant.by_hash.find(hashes[i]);
    if (known != tenant.by_hash.end()) {
      refs[i] = known->second;
      continue;
    }
    unknown = true;
    if (const auto labels = model::Labels::parse_canonical(series_labels[i]); !labels) return fail(labels.error());
  }
  if (!unknown) return {};
  for (std::size_t i = 0; i < series_labels.size(); ++i) {
    if (refs[i] != kUnknown) continue;
    const auto [at, added] = tenant.by_hash.try_emplace(hashes[i], series_count);
    refs[i] = added ? add_series(tenant, series_labels[i]) : at->second;
  }
  return {};
}

std::uint32_t Generation::State::add_series(TenantHead& tenant, std::string_view canonical) {
  const std::uint32_t ref = series_count++;
  if (ref % kSeriesPerPage == 0) pages.push_back(std::make_unique<HeadSeries[]>(kSeriesPerPage));
  HeadSeries& s = series(ref);
  s.first_pair = static_cast<std::uint32_t>(series_pairs.size());
  ByteReader in(canonical);
  while (!in.at_end()) {
    const char* start = in.position();
    const std::string_view name = in.bytes();
    in.bytes();
    const std::uint32_t pair = pairs.intern({start, static_cast<std::size_t>(in.position() - start)});
    series_pairs.push_back(pair);
    PostingsList& postings = tenant.postings[pair];
    index_bytes -= postings.heap_bytes();
    if (postings.empty()) {
      auto by_name = tenant.pairs_by_name.find(name);
      if (by_name == tenant.pairs_by_name.end()) by_name = tenant.pairs_by_name.try_emplace(std::string(name)).first;
      by_name->second.add(pair, pairs);
      index_bytes += kBytesPerValue;
    }
    postings.push_back(ref);
    index_bytes += postings.heap_bytes();
    ++s.pair_count;
  }
  tenant.all.push_back(ref);
  ++stats.series;
  index_bytes += kBytesPerSeries;
  return ref;
}

void Generation::State::append_float(HeadSeries& s, const ingest_log::MetricsPayload::FloatSample& sample) {
  ++stats.samples;
  if (sample.timestamp <= s.last_time) {
    if (sample.timestamp == s.last_time && s.open.count() > 0 && !s.extra) {
      ++(same_bits(s.open.last_value(), sample.value) ? stats.duplicates : stats.conflicts);
      return;
    }
    return wait_out_of_order(s, {sample.timestamp, sample.value, sample.start_timestamp, nullptr});
  }
  if (s.open.count() == kSamplesPerChunk) {
    chunk_bytes -= s.open.capacity_bytes();
    s.closed.push_back(std::make_shared<const Chunk>(s.open.finish()));
    chunk_bytes += sizeof(Chunk) + 40 + s.closed.back()->bytes.capacity();
  }
  const std::size_t before = s.open.capacity_bytes();
  s.open.append(sample.timestamp, sample.value, sample.start_timestamp);
  chunk_bytes += s.open.capacity_bytes() - before;
  s.last_time = sample.timestamp;
  s.min_time = std::min(s.min_time, sample.timestamp);
}

void Generation::State::append_histogram(HeadSeries& s, const ingest_log::MetricsPayload::HistogramSample& sample) {
  ++stats.samples;
  WaitingSample waiting{sample.timestamp, 0, sample.start_timestamp, sample.histogram};
  if (sample.timestamp <= s.last_time) return wait_out_of_order(s, std::move(waiting));
  if (!s.extra) s.extra = std::make_unique<HeadSeries::Extra>();
  chunk_bytes += sizeof(WaitingSample) + sample.histogram->byte_size();
  s.extra->histograms.push_back(std::move(waiting));
  s.last_time = sample.timestamp;
  s.min_time = std::min(s.min_time, sample.timestamp);
}

void Generation::State::wait_out_of_order(HeadSeries& s, WaitingSample sample) {
  ++stats.out_of_order;
  if (!s.extra) s.extra = std::make_unique<HeadSeries::Extra>();
  chunk_bytes += sizeof(WaitingSample) + (sample.histogram ? sample.histogram->byte_size() : 0);
  s.min_time = std::min(s.min_time, sample.timestamp);
  s.extra->out_of_order.push_back(std::move(sample));
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

void Generation::State::account() {
  const std::uint64_t now = pairs.bytes() + series_pairs.capacity() * 4 + pages.size() * kSeriesPerPage * sizeof(HeadSeries) +
                            chunk_bytes + index_bytes;
  if (budget != nullptr) {
    if (now > stats.bytes) budget->reserve_always(now - stats.bytes);
    if (now < stats.bytes) budget->release(stats.bytes - now);
  }
  stats.bytes = now;
}

Generation::Generation(ingest_log::Position first, telemetry::MemoryBudget* budget)
    : first_(first), end_(first), state_(std::make_unique<State>(budget)) {}

Generation::~Generation() {
  if (state_->budget != nullptr) state_->budget->release(state_->stats.bytes);
}

Result<void> Generation::apply(const ingest_log::Record& record) {
  State& s = *state_;
  CHECK(!s.frozen);
  TRYV(s.payload.decode(record.payload));
  if (empty()) s.stats.first_ingest = record.header.ingest_time;
  TenantHead& tenant = s.tenant(record.header.tenant);
  TRYV(s.resolve_series(tenant));
  const auto seen = [&s](std::int64_t timestamp) {
    s.stats.min_time = std::min(s.stats.min_time, Timestamp{timestamp});
    s.stats.max_time = std::max(s.stats.max_time, Timestamp{timestamp});
  };
  for (const auto& sample : s.payload.floats()) seen(sample.timestamp);
  for (const auto& sample : s.payload.histograms()) seen(sample.timestamp);
  for (const auto& sample : s.payload.floats()) s.append_float(s.series(s.refs[sample.series]), sample);
  for (const auto& sample : s.payload.histograms()) s.append_histogram(s.series(s.refs[sample.series]), sample);
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

void Generation::select(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                        std::vector<SelectedSeries>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  for (const std::uint32_t ref : match_series(HeadIndex(*state_, *head), matchers)) {
    const HeadSeries& s = state_->series(ref);
    if (!may_overlap(s, min, max)) continue;
    std::shared_ptr<const SampleRun> run;
    if (state_->frozen) {
      run = std::make_shared<FrozenRun>(shared_from_this(), s);
    } else {
      run = std::make_shared<HeadRun>(s);
    }
    out.push_back({state_->labels_of(s), std::move(run)});
  }
}

void Generation::select_labels(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                               Timestamp max, std::vector<model::Labels>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  for (const std::uint32_t ref : match_series(HeadIndex(*state_, *head), matchers)) {
    const HeadSeries& s = state_->series(ref);
    if (may_overlap(s, min, max)) out.push_back(state_->labels_of(s));
  }
}

void Generation::exemplars(std::string_view tenant, std::span<const model::Matcher> matchers, Timestamp min,
                           Timestamp max, std::vector<model::SeriesExemplars>& out) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr || head->exemplars.empty()) return;
  for (const std::uint32_t ref : match_series(HeadIndex(*state_, *head), matchers)) {
    const auto at = head->exemplars.find(ref);
    if (at == head->exemplars.end()) continue;
    model::SeriesExemplars found{state_->labels_of(state_->series(ref)), {}};
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
  return head != nullptr && head->by_hash.contains(series);
}

void Generation::cardinality(std::string_view tenant, Cardinality& into) const {
  const TenantHead* head = state_->find_tenant(tenant);
  if (head == nullptr) return;
  for (const auto& [name, pairs] : head->pairs_by_name) {
    std::uint64_t bytes = 0;
    for (const std::uint32_t pair : pairs.pairs()) {
      const std::string_view value = value_of_pair(state_->pairs.canonical(pair));
      const std::uint64_t series = head->postings.find(pair)->second.size();
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
