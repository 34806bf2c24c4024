#include "plan/check/check.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/check/recognize.h"

namespace isobar::plan {
namespace {

TEST(CheckRules, AreAllInTheDocumentation) {
  std::ifstream in(ISOBAR_SOURCE_DIR "/docs/howto/check_rules.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string page = text.str();
  std::size_t rows = 0;
  for (std::size_t at = page.find("\n| `"); at != std::string::npos; at = page.find("\n| `", at + 1)) ++rows;
  EXPECT_EQ(rows, all_rules().size());
  for (const RuleEntry& rule : all_rules()) {
    EXPECT_NE(page.find(fmt::format("| `{}` | {} | ", rule.name, rule.reason)), std::string::npos)
        << rule.input << " " << rule.name;
  }
}

TEST(CheckReport, Keeps80ColumnsAndPrintsNoControlCharacters) {
  Finding one{"rule", Severity::kError, "a.yaml", 3, "a\x1b[31m\nb", "", ""};
  for (int i = 0; i < 60; ++i) one.derivation += "wörter ";
  const std::string text = findings_as_text({one, one});
  EXPECT_TRUE(text.starts_with("a.yaml:3: error: rule\n  stated   a [31m b\n  because  wörter wörter")) << text;
  EXPECT_NE(text.find("\n\na.yaml:3"), std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size() - static_cast<std::size_t>(std::count(line.begin(), line.end(), '\xc3')), 80U) << line;
  EXPECT_EQ(findings_summary({one, one}), "2 errors");
  EXPECT_EQ(findings_as_json({}), "[]\n");
}

TEST(Recognize, ByContentAndName) {
  const struct {
    const char* name;
    const char* text;
    InputKind kind;
  } cases[] = {
      {"a.md", "", InputKind::kMarkdown},
      {"a.txt", "# Title\n", InputKind::kMarkdown},
      {"notes", "| a | b |\n|---|---|\n", InputKind::kMarkdown},
      {"a.txt", "nothing of it", InputKind::kNone},
      {"a.yaml", "apiVersion: v1\nkind: Service\n", InputKind::kKubernetes},
      {"a.yaml", "# only a comment\n---\napiVersion: v1\nkind: Service\n", InputKind::kKubernetes},
      {"a.json", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}", InputKind::kKubernetes},
      {"a.yaml", "prices:\n  - {id: x}\n", InputKind::kLedger},
      {"a.yaml", "profiles:\n  - {id: x}\ndecisons: []\n", InputKind::kLedger},
      {"a.yaml", "services: {web: {}}\n", InputKind::kNone},
      {"a.yaml", "", InputKind::kNone},
      {"values.yaml", "loki:\n  schemaConfig: {}\n", InputKind::kValues},
      {"grafana-values.yaml", "replicas: 2\n", InputKind::kValues},
      {"values.yaml", "replicas: 2\n", InputKind::kNone},
      {"values.yaml", "monitoring: {}\ngrafana:\n  persistence: {enabled: true}\n", InputKind::kValues},
      {"main.tf", "x", InputKind::kTerraform},
      {"a.tfvars", "", InputKind::kTerraformVariables},
      {"plan.json", "{\"format_version\": \"1.2\", \"planned_values\": {}}", InputKind::kTerraformPlan},
      {"plan", "{\"format_version\": \"1.2\", \"resource_changes\": []}", InputKind::kTerraformPlan},
      {"a.json", "[1]", InputKind::kNone},
      {"kustomization.yaml", "resources: [a.yaml]\n", InputKind::kKustomization},
      {"deployment.yaml", "name: {{ .Values.x }}-{{ y }}\n", InputKind::kNone},
  };
  for (const auto& one : cases) {
    const Recognized found = recognize(one.name, one.text);
    EXPECT_EQ(static_cast<int>(found.kind), static_cast<int>(one.kind)) << one.name << ": " << one.text << ": " << found.reason;
    EXPECT_EQ(found.reason.empty(), found.kind != InputKind::kNone && found.kind != InputKind::kKustomization);
  }
}

}  // namespace
}  // namespace isobar::plan
