// The ledger of a running server: read when somebody first opens the page, and kept.
#pragma once

#include <mutex>
#include <string>

#include "base/result.h"
#include "plan/ledger/ledger.h"

namespace isobar::app {

// Thread-safe.
class ServedLedger {
 public:
  // Empty: the ledger that ships.
  explicit ServedLedger(std::string path) : path_(std::move(path)) {}

  // Lives as long as this. kUnprocessable with its first problem, file and line; a later call reads the files again.
  Result<const plan::Ledger*> get();

 private:
  std::string path_;
  std::mutex mutex_;
  std::optional<plan::Ledger> ledger_;
};

}  // namespace isobar::app
