// Files that a verb of isobar plan makes, into a folder of the user's.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace isobar::app {

using OutputFiles = std::vector<std::pair<std::string, std::string>>;  // path below the folder, text

// Makes folders as needed. A folder that holds other files is refused without `force`; with it, files of the same name are
// replaced and others stay. kInvalid names the path.
Result<void> write_folder(const std::string& folder, const OutputFiles& files, bool force);

}  // namespace isobar::app
