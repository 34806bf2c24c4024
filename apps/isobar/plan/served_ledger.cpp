#include "plan/served_ledger.h"

#include "plan/ledger_files.h"

namespace isobar::app {

Result<const plan::Ledger*> ServedLedger::get() {
  const std::lock_guard lock(mutex_);
  if (!ledger_) {
    TRY(const std::vector<plan::LedgerFile> files, ledger_files(path_));
    plan::LoadedLedger loaded = plan::load_ledger(files);
    if (!loaded.ledger) return fail(Code::kUnprocessable, "the ledger has a problem: " + loaded.problems[0].to_string());
    ledger_ = std::move(*loaded.ledger);
  }
  return &*ledger_;
}

}  // namespace isobar::app
