// What a script expects against what the engine answered. Every function answers an empty text if they agree.
#pragma once

#include <string>

#include "promql/result.h"
#include "script.h"

namespace isobar::promqltest {

std::string compare_error(const EvalCommand& eval, const std::string& message);
std::string compare_annotations(const EvalCommand& eval, const promql::QueryResult& result);
std::string compare_result(const EvalCommand& eval, const promql::QueryResult& result);
std::string result_text(const promql::QueryResult& result);

}  // namespace isobar::promqltest
