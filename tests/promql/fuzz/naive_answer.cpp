#include "naive_answer.h"

namespace isobar::promqltest {

using promql::ValueType;

Result<NaiveAnswer> naive_answer(const naive::Data& data, const promql::Expr& expr, const naive::Times& times,
                                 naive::Log& log) {
  NaiveAnswer answer;
  naive::Evaluator evaluator(data, {.times = times});
  answer.type = expr.type;
  for (std::int64_t t = times.start; t <= times.end; t += times.step) {
    Result<naive::Value> value = evaluator.evaluate(expr, t);
    log = evaluator.log();
    if (!value) return tl::unexpected(value.error());
    if (value->type == ValueType::kScalar) answer.series[{}][t] = {value->scalar, nullptr};
    for (const naive::Element& e : value->vector) answer.series[e.labels][t] = e.cell;
    for (const naive::Element& e : value->vector) answer.order.push_back(e.labels);
    for (const naive::Series& s : value->matrix) {
      for (const naive::Point& p : s.points) answer.series[s.labels][p.time] = p.cell;
    }
    answer.text = value->text;
    if (times.step == 0) break;
  }
  answer.log = log;
  return answer;
}

}  // namespace isobar::promqltest
