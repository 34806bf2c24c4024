// One query asked of the engine and of the naive evaluator over the same samples, and whether they agree: on
// failing, on series and their labels, on floats and histograms at each step, on the order of sorted instant
// results, and on whether there were warnings and infos.
//
// Floats agree if they differ by no more than 1e-12 relative or by the doubt that the naive evaluator has of
// its own value (naive/number.h); NaN equals NaN. A query is undecided, and not compared, if a decision
// within it (a comparison, a rank) fell within the doubt of its operands.
#pragma once

#include <string>

#include "evaluator.h"
#include "memory_reader.h"
#include "promql/engine.h"

namespace isobar::promqltest {

struct Question {
  std::string query;
  naive::Times times;
};

struct Verdict {
  enum class Kind { kAgree, kUndecided, kDiffer } kind = Kind::kAgree;
  std::string reason;
  bool failed = false;      // both evaluators refused the query
  std::size_t samples = 0;  // compared
};

class Differential {
 public:
  // Copies the samples; the reader stays in use.
  Differential(MemoryReader& reader, bool helped);
  Verdict ask(const Question& question);
  // Both results, for a person.
  std::string explain(const Question& question);
  // The smallest part of the query on which they differ too.
  std::string smallest_part(const Question& question);
  // The samples of the series whose metric the query names.
  std::string samples_of(const std::string& query) const;

 private:
  Result<promql::QueryResult> engine_answer(const Question& question);

  MemoryReader& reader_;
  promql::Engine engine_;
  naive::Data data_;
};

}  // namespace isobar::promqltest
