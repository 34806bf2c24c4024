// Looks into every block that a store lists, past its reading side: what the manifest says of a block must be what is in
// it, and no two blocks may claim the same positions of one day.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/sample.h"
#include "sim/metrics_node.h"

namespace isobar::sim {

// Called with each series of each block; a text ends the audit as its fault.
using SeriesVisit = std::function<std::string(const blocks::BlockEntry& entry, const std::string& tenant,
                                              const model::Labels& labels, const model::SampleColumns& samples)>;

// The first fault, "" for none. On a disk that works: a block that cannot be opened is a fault.
std::string audit_blocks(MetricsNode& node, const SeriesVisit& visit = {});

// Objects of blocks that no manifest lists, or that it lists and that are not there. After a start nothing else may be.
std::string audit_objects(MetricsNode& node);

}  // namespace isobar::sim
