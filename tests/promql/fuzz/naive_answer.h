// The naive evaluator's answer to a whole query: its steps, one after the other, put together by labels.
#pragma once

#include <map>

#include "evaluator.h"

namespace isobar::promqltest {

struct NaiveAnswer {
  promql::ValueType type = promql::ValueType::kVector;
  std::map<model::Labels, std::map<std::int64_t, naive::Cell>> series;
  std::vector<model::Labels> order;  // of an instant vector
  std::string text;
  naive::Log log;
};

Result<NaiveAnswer> naive_answer(const naive::Data& data, const promql::Expr& expr, const naive::Times& times,
                                 naive::Log& log);

}  // namespace isobar::promqltest
