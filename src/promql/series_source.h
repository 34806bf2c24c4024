// Reads the series of one selector, one after the other, into a reused buffer. Internal to the folder.
#pragma once

#include "eval/query_memory.h"
#include "model/series_reader.h"
#include "promql/ast.h"

namespace isobar::promql {

struct QueryState;

struct SourceRequest {
  std::int64_t min = 0;  // ms, inclusive
  std::int64_t max = 0;
  Duration step{0};
  Duration range{0};
  std::string_view function;
  std::int64_t grid = 0;  // as model::SelectRequest::grid, ms
  std::uint8_t use = model::kUsesEverySample;
  // Also samples just outside, where others may have been left out between: the value before `min`, and what tells that it
  // still held.
  bool reach_out = false;
};

// Whether series of the selector stay distinct without their names.
bool names_one_metric(const VectorSelector& selector);

class SeriesSource {
 public:
  SeriesSource(QueryState& state, const VectorSelector& selector, const SourceRequest& request);

  // Fills `columns` with the next series' samples within [min, max]; false at the end. The columns are held
  // against the query's budget until the next call, by their upper bound before anything is decoded.
  Result<bool> next(model::SampleColumns& columns);
  // Of the series last read.
  const model::Labels& labels() const { return batch_[at_ - 1]->labels(); }
  bool has_one_name() const { return names_one_metric(selector_); }

 private:
  Result<void> open();

  QueryState& state_;
  const VectorSelector& selector_;
  SourceRequest request_;
  const std::vector<std::shared_ptr<const model::Series>>* given_;  // null: the storage is asked
  model::SelectRequest* asked_;
  bool open_ = false;
  std::unique_ptr<model::SeriesSet> set_;                         // null: all there is is in batch_
  std::vector<std::shared_ptr<const model::Series>> batch_;
  std::size_t at_ = 0;
  eval::MemoryHold hold_;
};

}  // namespace isobar::promql
