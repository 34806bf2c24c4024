// One run: the samples that one generation or one block holds of one series. Immutable and thread-safe.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "model/labels.h"
#include "model/sample.h"
#include "model/time_ranges.h"

namespace isobar::tsdb {

class SampleRun {
 public:
  virtual ~SampleRun() = default;
  // Appends the samples with min <= t <= max: ascending, each timestamp once. kCorrupt names the damaged block.
  virtual Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const = 0;
  virtual std::size_t sample_count_bound() const = 0;
  // Of the samples: may be too wide, never too narrow.
  virtual model::TimeRange bounds() const { return {Timestamp::min(), Timestamp::max()}; }
  // Of a downsampled block; zero: every sample is there.
  virtual Duration resolution() const { return {}; }
  // Whether windows of whole buckets, in which no other run has samples, give what all samples would give to what uses that
  // of them (bits of model::SampleUse).
  virtual bool keeps(std::uint8_t) const { return true; }
};

struct MergeCounts {
  std::uint64_t duplicates = 0;  // same timestamp, same bits
  std::uint64_t conflicts = 0;   // same timestamp, another value: the first won
};

// Appends the union of two ascending columns to `out`; where both have a timestamp, `first` wins.
void merge_columns(const model::SampleColumns& first, const model::SampleColumns& second, model::SampleColumns& out,
                   MergeCounts* counts = nullptr);

// The part of `in` with min <= t <= max, appended to `out`.
void append_range(const model::SampleColumns& in, Timestamp min, Timestamp max, model::SampleColumns& out);

// Of the samples from index `from` on, only those with min <= t <= max stay.
void keep_range(std::size_t from, Timestamp min, Timestamp max, model::SampleColumns& columns);

}  // namespace isobar::tsdb
