// The decisions behind the page "Plan": ui/v1/plan compares two profiles, ui/v1/plan/explain derives a figure,
// ui/v1/plan/cascade plays a failure. What isobar plan prints as JSON, in the envelope.
#pragma once

#include <functional>

#include "base/result.h"
#include "http/router.h"
#include "plan/ledger/ledger.h"

namespace isobar::api {

// The ledger, read when it is first asked for; null with an error that says what is wrong with it. Thread-safe; what it
// points to lives as long as the server.
using LedgerSource = std::function<Result<const plan::Ledger*>()>;

// Uses the pool "api". Answers depend on the ledger alone.
void add_plan_routes(http::Router& router, LedgerSource ledger);

}  // namespace isobar::api
