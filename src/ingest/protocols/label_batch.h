// Series of a batch whose labels come as pairs of text: checks, sorts and encodes them, and knows those that were there
// before in the same request. For doors of text formats. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/arena.h"
#include "model/labels.h"
#include "model/write_batch.h"
#include "telemetry/memory_budget.h"

namespace isobar::ingest {

class LabelBatch {
 public:
  // Labels of one request expand to at most this many bytes: a line of text may give its tags to each of its fields.
  static constexpr std::size_t kMaxBytes = 128ULL << 20;
  // And to this many with those of series that were there before: bounds the time.
  static constexpr std::size_t kMaxRepeatedBytes = 1ULL << 30;

  // Series go to `batch`, which is cleared, and live as long as this object is not reset. `held` grows with them; may be
  // null.
  void reset(model::WriteBatch& batch, telemetry::Reservation* held);

  // The series with these labels, in any order; `labels` is sorted and loses those with an empty value.
  // kInvalid: no metric name, a name twice or empty, no UTF-8; that series only. kTooLarge or kUnavailable: the request.
  Result<std::uint32_t> series(std::vector<model::LabelView>& labels);

 private:
  Result<void> check(const std::vector<model::LabelView>& labels) const;
  Result<void> count(std::size_t bytes);

  model::WriteBatch* batch_ = nullptr;
  telemetry::Reservation* held_ = nullptr;
  std::unique_ptr<Arena> arena_;
  std::string canonical_;
  std::size_t bytes_ = 0;
  std::size_t repeated_bytes_ = 0;
  std::size_t reserved_ = 0;
  boost::unordered_flat_map<Hash128, std::uint32_t, Hash128Hasher> known_;
};

}  // namespace isobar::ingest
