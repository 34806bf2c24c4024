// Which samples stand for the others of their bucket. What is kept, and why that is exact, is told by "Downsampled blocks" in
// docs/formats/metrics_block.md. A pure function; thread-safe.
#pragma once

#include "base/time.h"
#include "model/sample.h"

namespace isobar::tsdb {

// Those in use; ascending, each a multiple of the one before.
inline constexpr Duration kResolutions[] = {Duration::minutes(5), Duration::hours(1)};

// The samples of one series and what each stands for. `in` may be downsampled already, to a divisor of `resolution`. Where
// little would be left out, all of `in` is given back.
model::SampleColumns downsample(const model::SampleColumns& in, Duration resolution);

}  // namespace isobar::tsdb
