#include "tsdb/head/head_series.h"

#include <algorithm>
#include <bit>
#include <cstring>

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

// The samples of full chunks that overlap [min, max]; of those at its ends only what lies within.
Result<void> read_closed(const std::vector<ClosedChunk>& chunks, Timestamp min, Timestamp max,
                         model::SampleColumns& out) {
  for (const ClosedChunk& chunk : chunks) {
    if (chunk.max_time < min.ms || chunk.min_time > max.ms) continue;
    const std::size_t before = out.size();
    TRYV(decode_chunk(chunk.view(), out));
    if (chunk.min_time < min.ms || chunk.max_time > max.ms) keep_range(before, min, max, out);
  }
  return {};
}

// `open`: the samples behind those of `more`.
Result<void> read_samples(const HeadSeries::More* more, const model::SampleColumns& open, Timestamp min, Timestamp max,
                          model::SampleColumns& out, MergeCounts* counts) {
  if (more == nullptr || !more->waiting()) {
    if (more != nullptr) TRYV(read_closed(more->closed, min, max, out));
    append_range(open, min, max, out);
    return {};
  }
  model::SampleColumns floats;
  TRYV(read_closed(more->closed, Timestamp::min(), Timestamp::max(), floats));
  append_range(open, Timestamp::min(), Timestamp::max(), floats);
  model::SampleColumns ascending;
  merge_columns(floats, to_columns(more->histograms), ascending);
  model::SampleColumns merged;
  merge_columns(ascending, sorted_columns(more->out_of_order, counts), merged, counts);
  append_range(merged, min, max, out);
  return {};
}

class GrowingRun final : public SampleRun {
 public:
  GrowingRun(std::shared_ptr<const void> owner, const HeadSeries& series)
      : owner_(std::move(owner)), open_(series.open.snapshot()), bound_(series.sample_count_bound()), bounds_(series.bounds()) {
    if (series.more) more_ = std::make_unique<HeadSeries::More>(*series.more);
  }
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    model::SampleColumns open;
    if (open_.count != 0) TRYV(decode_chunk({open_.encoding, open_.count, open_.bytes}, open));
    return read_samples(more_.get(), open, min, max, out, nullptr);
  }
  std::size_t sample_count_bound() const override { return bound_; }
  model::TimeRange bounds() const override { return bounds_; }

 private:
  std::shared_ptr<const void> owner_;  // of the bytes of full chunks
  Chunk open_;
  std::unique_ptr<HeadSeries::More> more_;
  std::size_t bound_;
  model::TimeRange bounds_;
};

class FrozenRun final : public SampleRun {
 public:
  FrozenRun(std::shared_ptr<const void> owner, const HeadSeries& series) : owner_(std::move(owner)), series_(series) {}
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    return series_.read(min, max, out, nullptr);
  }
  std::size_t sample_count_bound() const override { return series_.sample_count_bound(); }
  model::TimeRange bounds() const override { return series_.bounds(); }

 private:
  std::shared_ptr<const void> owner_;
  const HeadSeries& series_;
};

}  // namespace

HeadSeries::More& HeadSeries::need_more(HeadMemory& memory) {
  if (!more) {
    more = std::make_unique<More>();
    memory.other_bytes += sizeof(More) + 16;
  }
  return *more;
}

void HeadSeries::close_chunk(HeadMemory& memory) {
  More& to = need_more(memory);
  const Chunk chunk = open.snapshot();
  memory.other_bytes -= open.heap_bytes();
  open.clear(memory.open);
  const std::string_view bytes = memory.closed.copy(chunk.bytes);
  memory.other_bytes -= to.closed.capacity() * sizeof(ClosedChunk);
  to.closed.push_back({bytes.data(), static_cast<std::uint32_t>(bytes.size()), chunk.count, chunk.min_time, chunk.max_time});
  memory.other_bytes += to.closed.capacity() * sizeof(ClosedChunk);
  to.min_time = std::min(to.min_time, chunk.min_time);
  to.last_time = std::max(to.last_time, chunk.max_time);
}

void HeadSeries::append_float(const ingest_log::MetricsPayload::FloatSample& sample, HeadMemory& memory,
                              AppendCounts& counts) {
  const std::int64_t last = last_time();
  if (sample.timestamp <= last && (open.count() != 0 || more)) {
    if (sample.timestamp == last && open.count() > 0 && (!more || !more->waiting())) {
      ++(same_bits(open.last_value(), sample.value) ? counts.duplicates : counts.conflicts);
      return;
    }
    return wait_out_of_order({sample.timestamp, sample.value, sample.start_timestamp, nullptr}, memory, counts);
  }
  if (open.count() == kSamplesPerChunk) close_chunk(memory);
  const std::size_t before = open.heap_bytes();
  open.append(memory.open, sample.timestamp, sample.value, sample.start_timestamp);
  memory.other_bytes += open.heap_bytes() - before;
}

void HeadSeries::append_histogram(const ingest_log::MetricsPayload::HistogramSample& sample, HeadMemory& memory,
                                  AppendCounts& counts) {
  WaitingSample waiting{sample.timestamp, 0, sample.start_timestamp, sample.histogram};
  if (sample.timestamp <= last_time() && (open.count() != 0 || more)) {
    return wait_out_of_order(std::move(waiting), memory, counts);
  }
  More& to = need_more(memory);
  memory.other_bytes += sizeof(WaitingSample) + sample.histogram->byte_size();
  to.histograms.push_back(std::move(waiting));
  to.last_time = sample.timestamp;
  to.min_time = std::min(to.min_time, sample.timestamp);
}

void HeadSeries::wait_out_of_order(WaitingSample sample, HeadMemory& memory, AppendCounts& counts) {
  ++counts.out_of_order;
  More& to = need_more(memory);
  memory.other_bytes += sizeof(WaitingSample) + (sample.histogram ? sample.histogram->byte_size() : 0);
  to.min_time = std::min(to.min_time, sample.timestamp);
  to.out_of_order.push_back(std::move(sample));
}

std::int64_t HeadSeries::last_time() const {
  // What is open is newer than what is closed, but not than the histograms.
  const std::int64_t floats = open.count() != 0 ? open.max_time() : INT64_MIN;
  return more ? std::max(floats, more->last_time) : floats;
}

bool HeadSeries::may_overlap(Timestamp min, Timestamp max) const {
  if (open.count() != 0 && open.min_time() <= max.ms && open.max_time() >= min.ms) return true;
  // Whatever waits out of order lies between its first and the newest sample.
  return more && more->min_time <= max.ms && last_time() >= min.ms;
}

model::TimeRange HeadSeries::bounds() const {
  std::int64_t min = open.count() != 0 ? open.min_time() : INT64_MAX;
  if (more) min = std::min(min, more->min_time);
  // What waits out of order is older than the newest sample.
  return {{min}, {last_time()}};
}

std::size_t HeadSeries::sample_count_bound() const {
  std::size_t n = open.count();
  if (!more) return n;
  for (const ClosedChunk& chunk : more->closed) n += chunk.count;
  return n + more->histograms.size() + more->out_of_order.size();
}

Result<void> HeadSeries::read(Timestamp min, Timestamp max, model::SampleColumns& out, MergeCounts* counts) const {
  if (!more && open.count() != 0 && open.min_time() >= min.ms && open.max_time() <= max.ms) {
    open.read(out);
    return {};
  }
  model::SampleColumns columns;
  if (open.count() != 0) open.read(columns);
  return read_samples(more.get(), columns, min, max, out, counts);
}

std::shared_ptr<const SampleRun> growing_run(std::shared_ptr<const void> owner, const HeadSeries& series) {
  return std::make_shared<GrowingRun>(std::move(owner), series);
}

std::shared_ptr<const SampleRun> frozen_run(std::shared_ptr<const void> owner, const HeadSeries& series) {
  return std::make_shared<FrozenRun>(std::move(owner), series);
}

}  // namespace isobar::tsdb
