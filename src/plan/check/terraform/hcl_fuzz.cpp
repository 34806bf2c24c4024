// Any text as a .tf file: blocks or a problem, and all rules over what was read.
#include "base/check.h"
#include "plan/check/check.h"
#include "plan/check/terraform/hcl.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar::plan;
  static const Ledger kLedger;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const hcl::File parsed = hcl::parse(text);
  const Checked checked = check_files({{"main.tf", text}}, kLedger, {});
  CHECK(!parsed.problem || !checked.unread.empty());
  static_cast<void>(findings_as_json(checked.findings));
  return 0;
}
