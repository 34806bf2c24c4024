// Looks at a data directory and says what a repair would do. Changes nothing. Reads every block and the whole
// log; no server may run on the directory.
#pragma once

#include "repair/plan.h"
#include "sys/file_system.h"

namespace isobar::repair {

// A plan without steps: nothing is damaged. kNotFound: no data directory. kUnsupported: a newer program wrote
// it. kCorrupt: log and blocks do not belong together, so that nothing sensible can be done. kUnavailable:
// the disk cannot be read.
Result<Plan> examine(sys::FileSystem& files, const DataLayout& layout);

}  // namespace isobar::repair
