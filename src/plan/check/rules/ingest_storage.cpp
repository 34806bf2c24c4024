// Values of mimir-distributed that switch Kafka ingestion off, but not all of it: distributors then cannot push, and the
// next upgrade brings the broker back. Known from mimir#13351 and the classic-architecture preset of the chart.
#include <fmt/format.h>

#include "plan/check/helm/mimir.h"
#include "plan/check/rules/helm/rules.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

constexpr std::string_view kStated = "mimir.structuredConfig.ingest_storage.enabled: false";

void add_half_off(const Origin& place, const helm::HalfOff& found, Findings& findings) {
  report(findings, "ingest_storage", Severity::kError, place, std::string(kStated), fmt::format("also {}", found.missing),
         helm::ingest_storage_reason());
}

}  // namespace

void ingest_storage(const Document& document, const Ledger&, Findings& findings) {
  for (const MarkdownCode& code : document.markdown.code) {
    if (code.text.find("ingest_storage") == std::string::npos) continue;
    YamlProblems problems(document.markdown.file);
    const YamlNode root = parse_yaml(code.text, problems);
    const std::optional<helm::HalfOff> found = problems.empty() ? helm::ingest_storage_half_off(root) : std::nullopt;
    if (found) add_half_off({document.markdown.file, code.line + found->line - 1}, *found, findings);
  }
}

namespace values {

void ingest_storage(const helm::Values& values, const Ledger&, Findings& findings) {
  if (values.chart != "mimir-distributed") return;
  const std::optional<helm::HalfOff> found = helm::ingest_storage_half_off(*values.root);
  if (found) add_half_off({values.file, found->line}, *found, findings);
}

}  // namespace values
}  // namespace isobar::plan::rules
