// Any text as manifests, values of a chart, a plan of Terraform or a ledger: whatever it is recognised as, all rules of that
// kind run, together with a node group, and say the same twice.
#include "base/check.h"
#include "plan/check/check.h"

namespace {

constexpr const char* kNodes =
    "resource \"aws_eks_node_group\" \"a\" {\n  subnet_ids = [aws_subnet.a.id, aws_subnet.b.id]\n  instance_types = [\"m\"]\n"
    "  scaling_config {\n    min_size = 1\n    max_size = 2\n    desired_size = 2\n  }\n}\n"
    "resource \"aws_subnet\" \"a\" {\n  availability_zone = \"a\"\n}\nresource \"aws_subnet\" \"b\" {\n  availability_zone = "
    "\"b\"\n}\n";

isobar::plan::Ledger with_machine() {
  isobar::plan::Ledger ledger;
  isobar::plan::Instance& machine = ledger.instances.emplace_back();
  machine.id = "m";
  machine.vcpu = 2;
  machine.memory_mib = 4096;
  machine.enis = 3;
  machine.ips_per_eni = 6;
  return ledger;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar::plan;
  static const Ledger kLedger = with_machine();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool json = !text.empty() && text[0] == '{';
  const std::vector<LedgerFile> files{{json ? "fuzz.json" : "fuzz.yaml", text}, {"main.tf", kNodes}};
  const Checked first = check_files(files, kLedger, {});
  const Checked second = check_files(files, kLedger, {});
  CHECK(first.findings == second.findings);
  static_cast<void>(findings_as_text(first.findings));
  static_cast<void>(findings_as_json(first.findings));
  return 0;
}
