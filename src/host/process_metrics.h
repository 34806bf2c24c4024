// process_* of our own process, as the Prometheus client libraries name them, read from /proc/self at each snapshot.
#pragma once

#include "telemetry/metrics.h"

namespace isobar::host {

void register_process_metrics(telemetry::Registry& registry);

}  // namespace isobar::host
