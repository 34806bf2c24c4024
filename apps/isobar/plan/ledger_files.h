// The ledger that a plan command reads: the one that ships in this program, or a file or folder of the user's own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/ledger/ledger.h"

namespace isobar::app {

// The files of `path`, or the embedded ledger when it is empty. kNotFound and kInvalid name the path.
Result<std::vector<plan::LedgerFile>> ledger_files(const std::string& path);

}  // namespace isobar::app
