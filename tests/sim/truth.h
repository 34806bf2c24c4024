// What the writers of a simulated store were told, and so what a reader must find:
//
//   an acknowledged sample is there, exactly once;
//   of several values for one timestamp the first acknowledged one is seen, or one whose outcome was unknown before it;
//   what a query has once seen, every later query sees;
//   what an acknowledged delete means is gone for ever, and what was written later is not;
//   by retention only goes what may expire.
//
// Naive on purpose: it shares no code with the store. A fault is a text that names the sample; "" is none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/labels.h"
#include "model/sample.h"
#include "model/series_deletion.h"

namespace isobar::sim {

class Truth {
 public:
  struct Attempt {
    std::string series;  // as know() named it
    std::int64_t timestamp;
    double value;
  };
  // Samples by the name of their series.
  using Content = std::map<std::string, model::SampleColumns>;

  static std::string series_name(const std::string& tenant, const model::Labels& labels) { return tenant + " " + labels.to_string(); }
  std::string know(const std::string& tenant, const model::Labels& labels);
  const model::Labels& labels_of(const std::string& series) const { return series_.at(series).labels; }

  // One request, sent once. Not acknowledged: the outcome is unknown.
  void wrote(std::span<const Attempt> attempts, bool acknowledged);
  // The number of samples that it means.
  std::size_t deleted(const model::SeriesDeletion& deletion, bool acknowledged);
  void may_expire(const std::function<bool(const model::Labels& labels, Timestamp time)>& expired);
  // After a start every delete is in the log or not: the last check() saw which.
  void decide();

  // Holds all that was read against what is known. `whole`: nothing was left out.
  std::string check(const Content& content, bool whole);
  // Of what the disk holds after all deletes were applied to it.
  std::string check_cleaned(const std::string& series, const model::SampleColumns& samples) const;

 private:
  struct Fact {
    std::vector<double> possible;  // in order of attempts, up to and including the first acknowledged one
    std::set<double> attempted;    // all values since the last acknowledged delete
    std::optional<double> seen;
    bool acknowledged = false;
    std::uint64_t acknowledged_in = 0;  // the number of the request
    bool unsure = false;  // a delete whose outcome is unknown meant it; the next start decides
    bool loose = false;   // retention may have taken it, or a part of its copies
    bool found = false;   // by the last check of all
  };
  struct Series {
    std::string tenant;
    model::Labels labels;
    std::map<std::int64_t, Fact> facts;
  };
  std::string check_series(const std::string& name, const model::SampleColumns& samples, bool whole);
  static std::string check_value(Fact& fact, double value, bool whole);

  std::map<std::string, Series> series_;
  std::uint64_t requests_ = 0;
};

}  // namespace isobar::sim
