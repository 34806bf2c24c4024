// A copy of a data directory's blocks that is a data directory itself: hard links to the blocks, a manifest, and an empty
// log that begins behind them.
#pragma once

#include <string>

#include "base/result.h"
#include "follower/metrics_store.h"
#include "sys/clock.h"

namespace isobar::app {

// Makes DATA_DIR/snapshots/NAME and returns NAME, such as 20171210T211224Z-2be650b6d019eb54. It appears whole or not at
// all. `skip_head` leaves out what is not in blocks.
Result<std::string> write_snapshot(follower::MetricsStore& store, const sys::Clock& clock, const std::string& data_dir, bool skip_head);

}  // namespace isobar::app
