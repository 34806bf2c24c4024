#include "scrape/retry_queue.h"

namespace isobar::scrape {
namespace {

bool is_temporary(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kTimeout || error.code == Code::kRateLimited;
}

std::uint64_t sample_count(const model::WriteBatch& batch) { return batch.floats.size() + batch.histograms.size(); }

std::uint64_t byte_size(const model::WriteBatch& batch) {
  std::uint64_t bytes = sizeof(model::WriteBatch) + batch.floats.size() * sizeof(batch.floats[0]);
  for (const std::string_view series : batch.series) bytes += series.size() + sizeof(series) + sizeof(Hash128);
  for (const auto& sample : batch.histograms) bytes += sizeof(sample) + sample.histogram->byte_size();
  for (const auto& sample : batch.exemplars) bytes += sizeof(sample) + sample.exemplar.labels.encoded().size();
  for (const auto& family : batch.metadata) bytes += sizeof(family) + family.help.size();
  return bytes;
}

}  // namespace

void RetryQueue::keep(const model::WriteBatch& batch) {
  auto kept = std::make_unique<Kept>();
  kept->reservation = telemetry::Reservation(budget_);
  const std::uint64_t bytes = byte_size(batch);
  while (!kept->reservation.try_grow(bytes)) {
    if (waiting_.empty()) {
      lost_.add(sample_count(batch));
      return;
    }
    lost_.add(sample_count(waiting_.front()->batch));
    waiting_.pop_front();
  }
  kept->batch = batch;
  for (std::string_view& series : kept->batch.series) series = kept->bytes.copy(series);
  waiting_.push_back(std::move(kept));
}

Result<void> RetryQueue::flush(model::SampleSink& sink, std::string_view tenant) {
  while (!waiting_.empty()) {
    const model::WriteBatch& batch = waiting_.front()->batch;
    if (auto written = sink.write(tenant, batch); !written) {
      if (is_temporary(written.error())) return written;
      lost_.add(sample_count(batch));
    }
    waiting_.pop_front();
  }
  return {};
}

Result<void> RetryQueue::write(model::SampleSink& sink, std::string_view tenant, const model::WriteBatch& batch) {
  if (auto flushed = flush(sink, tenant); !flushed) {  // order is kept: the new batch waits behind the old ones
    keep(batch);
    return flushed;
  }
  if (batch.empty()) return {};
  auto written = sink.write(tenant, batch);
  if (!written) {
    if (is_temporary(written.error())) {
      keep(batch);
    } else {
      lost_.add(sample_count(batch));
    }
  }
  return written;
}

}  // namespace isobar::scrape
