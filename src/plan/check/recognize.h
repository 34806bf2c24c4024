// What kind of file this is, by its content and its name.
//
//   Markdown           *.md, *.markdown; also *.txt and files without an extension that have headings, lists or tables
//   ledger             YAML with the sections of docs/formats/ledger.md
//   Kubernetes         YAML or JSON whose documents have apiVersion and kind
//   values of a chart  YAML that helm/values.h knows
//   Terraform          *.tf, *.tfvars; the JSON of terraform show -json, of a plan or of a state
//
// Anything else is kNone, with a sentence that says what it seems to be and what to give instead.
// Limits: 32 MiB a file, and those of yaml.h. Thread safety: a function of its arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/yaml.h"

namespace isobar::plan {

enum class InputKind {
  kNone,
  kMarkdown,
  kLedger,
  kKubernetes,
  kKustomization,
  kValues,
  kTerraform,
  kTerraformVariables,
  kTerraformPlan
};

struct Recognized {
  InputKind kind = InputKind::kNone;
  std::string reason;                 // of kNone and kKustomization
  std::vector<YamlNode> documents;    // of YAML and JSON
  std::vector<YamlProblem> problems;  // the file is of its kind, and cannot be read from there on
};

Recognized recognize(const std::string& file, std::string_view text);

}  // namespace isobar::plan
