// Files that a plan command writes into a folder of the user's.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/render/render.h"

namespace isobar::app {

// kConflict when the folder has anything in it and `force` is not set; other files are left alone in any case. A path that
// would leave the folder is kInternal.
Result<void> write_folder(const std::string& folder, const std::vector<plan::RenderedFile>& files, bool force);

}  // namespace isobar::app
