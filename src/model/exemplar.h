// An exemplar: a value with labels of its own (a trace id), attached to a series.
#pragma once

#include <vector>

#include "base/time.h"
#include "model/labels.h"

namespace isobar::model {

struct Exemplar {
  Labels labels;
  double value = 0;
  Timestamp timestamp;
  bool operator==(const Exemplar&) const = default;
};

struct SeriesExemplars {
  Labels series;
  std::vector<Exemplar> exemplars;  // by timestamp
};

}  // namespace isobar::model
