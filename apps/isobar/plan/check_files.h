// The files that plan check reads: those that are named, and below folders those of a kind that it may know.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/ledger/ledger.h"

namespace isobar::app {

struct GivenFile {
  plan::LedgerFile file;
  bool named = false;  // on the command line; not met below a folder
};

// In the order of the paths, below a folder by name. Hidden folders, node_modules and links to folders are not entered.
// Limits: 20 levels, 10,000 files, 32 MiB a file and 256 MiB in all. kNotFound and kTooLarge name the path.
Result<std::vector<GivenFile>> check_files_of(const std::vector<std::string>& paths);

}  // namespace isobar::app
