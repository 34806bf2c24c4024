// Annotations of a query with the place they are about. The texts are Prometheus' own, which clients match
// on.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/annotations.h"
#include "model/labels.h"
#include "promql/position.h"

namespace isobar::promql {

class Notes {
 public:
  explicit Notes(std::string_view query) : query_(query) {}

  void warn(PositionRange at, std::string_view text) { add({true, at.start, std::string(text)}); }
  void info(PositionRange at, std::string_view text) { add({false, at.start, std::string(text)}); }

  struct Remark {
    bool is_warning = false;
    int at = 0;  // byte of the query
    std::string text;
    auto operator<=>(const Remark&) const = default;
  };
  // Each once, in the order of their first appearance.
  class Remarks {
   public:
    void add(Remark remark) {
      if (known_.insert(remark).second) list_.push_back(std::move(remark));
    }
    auto begin() const { return list_.begin(); }
    auto end() const { return list_.end(); }

   private:
    std::set<Remark> known_;
    std::vector<Remark> list_;
  };
  // What is said from now on, in `into` as well, until it is called again with what it answers.
  Remarks* record(Remarks* into) { return std::exchange(recording_, into); }
  // The same of an expression that is written so many bytes further on, too.
  void say_again(const Remarks& remarks, int further) {
    for (const Remark& r : remarks) add({r.is_warning, r.at + further, r.text});
  }

  void mixed_floats_histograms(PositionRange at, const model::Labels& series);
  void mixed_exponential_custom(PositionRange at, const model::Labels& series);
  void mixed_classic_native(PositionRange at, const model::Labels& series);
  void not_a_counter(PositionRange at, const model::Labels& series);
  void not_a_gauge(PositionRange at, const model::Labels& series);
  void possible_non_counter(PositionRange at, std::string_view metric);
  void invalid_quantile(PositionRange at, double quantile);
  void bad_bucket_label(PositionRange at, std::string_view value, std::string_view metric);
  void histograms_ignored_in_range(PositionRange at, const model::Labels& series);
  void reconciled_buckets(PositionRange at, std::string_view operation);
  void reset_conflict(PositionRange at, std::string_view operation);

  std::string_view query() const { return query_; }
  const eval::Annotations& annotations() const { return annotations_; }

 private:
  void add(Remark remark);
  std::string_view query_;
  Remarks* recording_ = nullptr;
  eval::Annotations annotations_;
};

// `for metric name "x"`, or nothing for series without a name.
std::string for_metric(std::string_view metric);

}  // namespace isobar::promql
