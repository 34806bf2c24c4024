// Values of mimir-distributed that switch Kafka ingestion off, but not all of it: distributors then cannot push, and the
// next upgrade brings the broker back. Known from mimir#13351 and the classic-architecture preset of the chart.
#include <fmt/format.h>

#include "codec/yaml.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

const YamlNode* at(const YamlNode& node, std::string_view path) {
  const YamlNode* here = &node;
  while (here != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    here = here->is_map() ? here->find(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return here;
}

bool is(const YamlNode* node, std::string_view value) { return node != nullptr && node->scalar == value; }

}  // namespace

void ingest_storage(const Document& document, const Ledger&, Findings& findings) {
  for (const MarkdownCode& code : document.markdown.code) {
    if (code.text.find("ingest_storage") == std::string::npos) continue;
    YamlProblems problems(document.markdown.file);
    const YamlNode root = parse_yaml(code.text, problems);
    if (!problems.empty()) continue;
    const YamlNode* switched = at(root, "mimir.structuredConfig.ingest_storage.enabled");
    if (!is(switched, "false")) continue;
    std::string missing;
    const auto need = [&](std::string_view what) { missing += (missing.empty() ? "" : ", ") + std::string(what); };
    if (!is(at(root, "mimir.structuredConfig.ingester.push_grpc_method_enabled"), "true")) need("mimir.structuredConfig.ingester.push_grpc_method_enabled: true");
    if (!is(at(root, "kafka.enabled"), "false")) need("kafka.enabled: false");
    if (missing.empty()) continue;
    add(findings, "ingest_storage", Severity::kError, document, code.line + switched->line - 1, "mimir.structuredConfig.ingest_storage.enabled: false", fmt::format("also {}", missing),
        "the chart sets push_grpc_method_enabled: false, so every remote write is answered 500; without kafka.enabled: false the next helm upgrade "
        "creates the broker and its volume again. One ingester then holds the only volume: the odds of a stranded zone stay the same (1 of 3 with two "
        "nodes back); one replica without a volume, a node group for each zone or nodes in one zone change them");
  }
}

}  // namespace isobar::plan::rules
