// Any text gives blocks or a problem, twice the same.
#include "base/check.h"
#include "plan/check/terraform/hcl.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const isobar::plan::hcl::File first = isobar::plan::hcl::parse(text);
  const isobar::plan::hcl::File second = isobar::plan::hcl::parse(text);
  CHECK(first.blocks.size() == second.blocks.size());
  CHECK(first.problem.has_value() == second.problem.has_value());
  return 0;
}
