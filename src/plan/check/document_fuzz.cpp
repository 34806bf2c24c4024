// Any text as a document, with all rules: findings or an error, never a crash, and findings that can be printed.
#include "base/check.h"
#include "plan/check/check.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar::plan;
  static const Ledger kLedger;
  const auto found = check_markdown("fuzz.md", {reinterpret_cast<const char*>(data), size}, kLedger);
  if (!found) return 0;
  static_cast<void>(findings_as_text(*found));
  static_cast<void>(findings_as_json(*found));
  return 0;
}
