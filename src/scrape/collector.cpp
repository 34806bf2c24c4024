#include "scrape/collector.h"

#include "base/bytes.h"
#include "base/utf8.h"

namespace isobar::scrape {
namespace {

using exposition::Next;

constexpr std::int64_t kMaxFutureMs = 10 * 60 * 1000;
constexpr std::size_t kMaxExemplarRunes = 128;  // OpenMetrics: names and values together
constexpr std::size_t kMaxFamilies = 20'000;
constexpr std::size_t kMaxHelpBytes = 4096;

std::size_t runes(const model::Labels& labels) {
  std::size_t count = 0;
  for (const model::LabelView& label : labels) count += utf8_length(label.name) + utf8_length(label.value);
  return count;
}

std::uint64_t identity(const exposition::ExemplarEvent& exemplar) {
  std::string bytes = exemplar.labels.encoded();
  put_f64(bytes, exemplar.value);
  put_fixed(bytes, exemplar.timestamp.value_or(0));
  return hash64(bytes) | 1;
}

}  // namespace

void Collector::reset(const ScrapeConfig& config, const model::Labels& target_labels, const model::Relabeler& relabeler,
                      exposition::Format format, std::int64_t timestamp) {
  config_ = &config;
  target_labels_ = &target_labels;
  relabeler_ = &relabeler;
  format_ = format;
  timestamp_ = timestamp;
  batch_.clear();
  error_.reset();
  scraped_ = kept_ = added_ = out_of_bounds_ = 0;
  family_ = {};
}

Next Collector::stop(Error error) {
  error_ = std::move(error);
  return Next::kStop;
}

// Null if the series is not legal; then error_ is set.
SeriesCache::Entry* Collector::entry_of(const exposition::SampleEvent& sample) {
  const Hash128 raw = hash128(sample.series);
  if (SeriesCache::Entry* known = cache_.find(raw)) return known;
  arena_ = Arena();
  if (auto decoded = exposition::decode_series(format_, sample.series, sample.type, arena_, labels_); !decoded) {
    error_ = std::move(decoded).error();
    return nullptr;
  }
  auto canonical = sample_labels(labels_, {*target_labels_, config_->honor_labels, *relabeler_, config_->limits});
  if (!canonical) {
    error_ = std::move(canonical).error();
    return nullptr;
  }
  SeriesCache::Entry& entry = cache_.add(raw, *std::move(canonical));
  if (!entry.dropped) ++added_;
  return &entry;
}

std::uint32_t Collector::series_index(SeriesCache::Entry& entry) {
  if (entry.batched != cache_.scrape()) {
    entry.batched = cache_.scrape();
    entry.batch_index = static_cast<std::uint32_t>(batch_.series.size());
    batch_.series.push_back(entry.canonical);
  }
  return entry.batch_index;
}

Next Collector::on_sample(const exposition::SampleEvent& sample) {
  ++scraped_;
  SeriesCache::Entry* entry = entry_of(sample);
  if (entry == nullptr) return Next::kStop;
  const bool own_timestamp = sample.timestamp.has_value() && config_->honor_timestamps;
  cache_.see(*entry, !entry->dropped && (!own_timestamp || config_->track_timestamps_staleness));
  if (entry->dropped) return Next::kContinue;
  ++kept_;
  const ScrapeLimits& limits = config_->limits;
  if (limits.samples != 0 && kept_ > limits.samples) {
    return stop({Code::kTooLarge, fmt::format("sample_limit: the page has more samples than {}", limits.samples)});
  }
  const std::int64_t timestamp = own_timestamp ? *sample.timestamp : timestamp_;
  if (timestamp > timestamp_ + kMaxFutureMs) {
    ++out_of_bounds_;
    return Next::kContinue;
  }
  const std::uint32_t series = series_index(*entry);
  if (sample.histogram != nullptr) {
    const std::size_t buckets = sample.histogram->positive_buckets.size() + sample.histogram->negative_buckets.size();
    if (limits.histogram_buckets != 0 && buckets > limits.histogram_buckets) {
      return stop({Code::kTooLarge, fmt::format("native_histogram_bucket_limit: {} buckets, at most {} are allowed", buckets,
                                                limits.histogram_buckets)});
    }
    batch_.histograms.push_back({series, timestamp, sample.histogram, sample.start_timestamp});
  } else {
    batch_.floats.push_back({series, timestamp, sample.value, sample.start_timestamp});
  }
  entry->is_histogram = sample.histogram != nullptr;
  if (!sample.exemplars.empty()) add_exemplars(sample, *entry, timestamp);
  return Next::kContinue;
}

void Collector::add_exemplars(const exposition::SampleEvent& sample, SeriesCache::Entry& entry, std::int64_t timestamp) {
  for (const exposition::ExemplarEvent& exemplar : sample.exemplars) {
    if (runes(exemplar.labels) > kMaxExemplarRunes) continue;
    const std::uint64_t hash = identity(exemplar);
    if (sample.exemplars.size() == 1 && hash == entry.last_exemplar) continue;  // the target repeats it until it has a new one
    entry.last_exemplar = hash;
    batch_.exemplars.push_back(
        {series_index(entry), {exemplar.labels, exemplar.value, Timestamp{exemplar.timestamp.value_or(timestamp)}}});
  }
}

Next Collector::on_metadata(const exposition::MetadataEvent& event) {
  if (event.metric != family_.metric) {
    flush_metadata();
    family_.metric.assign(event.metric);
  }
  switch (event.kind) {
    case exposition::MetadataKind::kType: family_.type = event.type; break;
    case exposition::MetadataKind::kHelp: family_.help.assign(event.text.substr(0, kMaxHelpBytes)); break;
    case exposition::MetadataKind::kUnit: family_.unit.assign(event.text.substr(0, kMaxHelpBytes)); break;
  }
  return Next::kContinue;
}

void Collector::flush_metadata() {
  if (!family_.metric.empty()) {
    const auto known = metadata_.find(family_.metric);
    if (known == metadata_.end()) {
      if (metadata_.size() < kMaxFamilies) {
        metadata_.emplace(family_.metric, family_);
        batch_.metadata.push_back(family_);
      }
    } else if (known->second != family_) {
      known->second = family_;
      batch_.metadata.push_back(family_);
    }
  }
  family_ = {};
}

void Collector::finish() { flush_metadata(); }

}  // namespace isobar::scrape
