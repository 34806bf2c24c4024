// Does a plan. Nothing is removed that does not stand below set-aside/ already, and the order is such that
// the process may die anywhere: examined again, the directory needs the rest of the steps or none.
#pragma once

#include "repair/plan.h"
#include "sys/file_system.h"

namespace isobar::repair {

// `plan` is what examine() has just said, and nobody else has the directory. `when`: for the text that is
// left behind. kConflict: the data is not what the plan was made from. After any failure: examine again.
Result<void> apply(sys::FileSystem& files, const DataLayout& layout, const Plan& plan, Timestamp when);

}  // namespace isobar::repair
