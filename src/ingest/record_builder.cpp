#include "ingest/record_builder.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::ingest {
namespace {

std::size_t item_count(const PartitionSelection& s) {
  return s.floats.size() + s.histograms.size() + s.exemplars.size() + s.metadata.size();
}

// Parts by series where there are several, else by samples, so that any selection can be halved down to one sample.
std::pair<PartitionSelection, PartitionSelection> halves(const model::WriteBatch& batch, const PartitionSelection& whole) {
  PartitionSelection low, high;
  if (whole.series.size() > 1) {
    const std::size_t middle = whole.series.size() / 2;
    const std::uint32_t first_high = whole.series[middle];
    const auto split = [&](const auto& samples, const auto& indices, auto& to_low, auto& to_high) {
      for (const std::uint32_t i : indices) (samples[i].series < first_high ? to_low : to_high).push_back(i);
    };
    low.series.assign(whole.series.begin(), whole.series.begin() + static_cast<std::ptrdiff_t>(middle));
    high.series.assign(whole.series.begin() + static_cast<std::ptrdiff_t>(middle), whole.series.end());
    split(batch.floats, whole.floats, low.floats, high.floats);
    split(batch.histograms, whole.histograms, low.histograms, high.histograms);
    split(batch.exemplars, whole.exemplars, low.exemplars, high.exemplars);
    low.metadata = whole.metadata;
    return {std::move(low), std::move(high)};
  }
  // The first half of all items, whatever they are: both parts get at least one, so that halving ends.
  std::size_t left = item_count(whole) / 2;
  const auto split = [&left](const std::vector<std::uint32_t>& from, std::vector<std::uint32_t>& to_low,
                             std::vector<std::uint32_t>& to_high) {
    const std::size_t n = std::min(left, from.size());
    left -= n;
    const auto middle = from.begin() + static_cast<std::ptrdiff_t>(n);
    to_low.assign(from.begin(), middle);
    to_high.assign(middle, from.end());
  };
  low.series = high.series = whole.series;
  split(whole.floats, low.floats, high.floats);
  split(whole.histograms, low.histograms, high.histograms);
  split(whole.exemplars, low.exemplars, high.exemplars);
  split(whole.metadata, low.metadata, high.metadata);
  return {std::move(low), std::move(high)};
}

// A guess from below; what turns out too large is halved.
std::size_t estimate(const PartitionSelection& s) {
  return s.series.size() * 12 + s.floats.size() * 11 + s.histograms.size() * 120 + s.exemplars.size() * 60;
}

std::size_t label_bytes(const model::WriteBatch& batch, const PartitionSelection& s) {
  std::size_t bytes = 0;
  for (const std::uint32_t i : s.series) bytes += batch.series[i].size();
  return bytes;
}

}  // namespace

Result<void> RecordBuilder::build(ingest_log::RecordHeader header, const model::WriteBatch& batch,
                                  const std::vector<PartitionSelection>& selections,
                                  std::vector<ingest_log::Append>& appends) {
  appends.clear();
  for (std::uint32_t p = 0; p < selections.size(); ++p) {
    if (!selections[p].empty()) TRYV(add(header, batch, {p}, selections[p], appends));
  }
  // Fragment numbers are known only now: each record so far is a payload, its header goes in front.
  header.fragment_count = static_cast<std::uint32_t>(appends.size());
  for (std::uint32_t i = 0; i < appends.size(); ++i) {
    header.fragment = i;
    std::string record;
    record.reserve(appends[i].record.size() + 64 + header.tenant.size());
    ingest_log::encode_record_header(record, header);
    record.append(appends[i].record);
    appends[i].record = std::move(record);
  }
  return {};
}

Result<void> RecordBuilder::add(const ingest_log::RecordHeader& header, const model::WriteBatch& batch,
                                ingest_log::PartitionId partition, const PartitionSelection& selection,
                                std::vector<ingest_log::Append>& appends) {
  if (selection.empty()) return {};
  if (estimate(selection) <= kTargetRecordBytes &&
      label_bytes(batch, selection) <= ingest_log::kMaxLabelBytes) {
    payload_.clear();
    encoder_.encode(batch, selection, payload_);
    if (payload_.size() + 256 <= kTargetRecordBytes) {
      appends.push_back({partition, payload_});
      return {};
    }
  }
  // Series without a sample may take the space of one with it; halving leaves them behind.
  if (item_count(selection) <= 1 && selection.series.size() <= 1) {
    return fail(Code::kTooLarge, fmt::format("one sample with its labels takes more than {} bytes", kTargetRecordBytes));
  }
  const auto [low, high] = halves(batch, selection);
  TRYV(add(header, batch, partition, low, appends));
  return add(header, batch, partition, high, appends);
}

}  // namespace isobar::ingest
