// Native histograms of the naive evaluator: a map from bucket index to count, and arithmetic on maps.
//
// Shares with the engine only the sample type (model/histogram.h) and, converted to it, reset detection and
// trimming. A bucket that was named but counts nothing stays in the map until compact(). Values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "model/histogram.h"
#include "number.h"

namespace isobar::promqltest::naive {

struct Hist {
  bool custom = false;
  int schema = 0;
  model::CounterResetHint hint = model::CounterResetHint::kUnknown;
  double zero_threshold = 0;
  Num zero_count;
  Num count;
  Num sum;
  std::map<int, Num> positive;  // custom buckets are here too
  std::map<int, Num> negative;
  std::vector<double> bounds;  // of custom buckets
};
using HistPtr = std::shared_ptr<const Hist>;

Hist from_model(const model::Histogram& h);
model::Histogram to_model(const Hist& h);

// Whether a number of it is in doubt; adds the roundings of a few operations on numbers up to those of
// `other`.
bool has_doubt(const Hist& h);
void add_doubt(Hist& h, const Hist& other);

// Removes buckets that count nothing.
void compact(Hist& h);

// What happened beside the numbers.
struct Joined {
  bool incompatible = false;
  bool reconciled = false;
  bool hint_conflict = false;
};
// to += factor * other, factor 1 or -1. `sample`: the result is one, so that buckets are rounded to doubles.
Joined join(Hist& to, const Hist& other, int factor, bool sample, Doubts& doubts);
// Multiplies by a / b; a negative factor makes a gauge. By division through zero all buckets go.
void scale(Hist& h, Num factor);
void shrink(Hist& h, Num divisor);

void reduce_to(Hist& h, int schema);
bool equal(const Hist& a, const Hist& b, Doubts& doubts);
bool is_reset(const Hist& current, const Hist& previous, Doubts& doubts);
std::optional<Hist> trimmed(const Hist& h, double bound, bool keep_below, Doubts& doubts);

struct Bucket {
  double lower = 0;
  double upper = 0;
  Num count;
};
// From the lowest to the highest, empty ones included.
std::vector<Bucket> buckets(const Hist& h);

struct Quantile {
  Num value;
  bool note = false;  // NaN observations made it doubtful
};
Quantile quantile(double phi, const Hist& h, Doubts& doubts);
Num fraction(double lower, double upper, const Hist& h, Doubts& doubts);
Num variance(const Hist& h);

}  // namespace isobar::promqltest::naive
