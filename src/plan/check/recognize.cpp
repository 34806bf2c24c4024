#include "plan/check/recognize.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/json_tree.h"
#include "plan/check/amounts.h"
#include "plan/check/helm/values.h"
#include "plan/check/kubernetes/cluster.h"
#include "plan/check/tree.h"

namespace isobar::plan {
namespace {

Recognized none(std::string reason) { return {InputKind::kNone, std::move(reason), {}, {}}; }

std::string extension_of(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? "" : lower(name.substr(dot));
}

// A section of rows with ids; most keys of the file are sections, so that one misspelt key is a problem of a ledger.
bool is_ledger(const YamlNode& root) {
  static constexpr std::string_view kSections[] = {"name",        "profiles",     "decisions",    "quantities",
                                                   "costs",       "components",   "prices",       "instances",
                                                   "assumptions", "measurements", "capabilities", "controls",
                                                   "services",    "stores",       "failures"};
  if (!root.is_map()) return false;
  std::size_t sections = 0;
  bool rows = false;
  for (const YamlPair& pair : root.pairs) {
    if (std::find(std::begin(kSections), std::end(kSections), pair.first) == std::end(kSections)) continue;
    ++sections;
    rows = rows || (!pair.second.items.empty() && at(pair.second.items[0], "id") != nullptr);
  }
  return rows && 2 * sections >= root.pairs.size();
}

bool is_terraform_json(const YamlNode& root) {
  return at(root, "format_version") != nullptr &&
         (at(root, "planned_values") != nullptr || at(root, "resource_changes") != nullptr || at(root, "values") != nullptr);
}

InputKind kind_of(const std::string& file, const std::vector<YamlNode>& documents) {
  const auto any = [&](auto test) { return std::any_of(documents.begin(), documents.end(), test); };
  if (any([](const YamlNode& one) { return text_at(one, "apiVersion").starts_with("kustomize.config.k8s.io/"); }))
    return InputKind::kKustomization;
  if (file.ends_with("kustomization.yaml") || file.ends_with("kustomization.yml")) return InputKind::kKustomization;
  if (any(kubernetes::is_manifest)) return InputKind::kKubernetes;
  if (documents.empty()) return InputKind::kNone;
  if (is_terraform_json(documents[0])) return InputKind::kTerraformPlan;
  if (is_ledger(documents[0])) return InputKind::kLedger;
  return helm::charts_in(file, documents[0]).empty() ? InputKind::kNone : InputKind::kValues;
}

Recognized of_tree(const std::string& file, std::string_view text, bool json) {
  YamlProblems problems(file);
  Recognized out;
  if (json) out.documents.push_back(parse_json_tree(text, problems));
  else out.documents = parse_yaml_documents(text, problems);
  // Templates are YAML only after they were rendered.
  if (!problems.empty() && text.find("{{") != std::string_view::npos) return none("a template: give what helm template prints");
  out.kind = kind_of(file, out.documents);
  if (out.kind == InputKind::kKubernetes || out.kind == InputKind::kValues || out.kind == InputKind::kLedger) {
    out.problems = problems.problems();
    return out;
  }
  if (!problems.empty()) return none(fmt::format("cannot be read: {}", problems.problems()[0].to_string()));
  if (out.kind == InputKind::kKustomization) out.reason = "a kustomization: give what kubectl kustomize prints";
  if (out.kind != InputKind::kNone) return out;
  return none(
      json ? "JSON of another kind: give a plan by terraform show -json, or manifests of Kubernetes"
           : fmt::format("YAML of another kind: give a ledger, manifests of Kubernetes, or values of {}", helm::known_charts()));
}

// A heading, a list or a row of a table, outside of anything that starts like code.
bool looks_like_markdown(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with("# ") || line.starts_with("## ") || line.starts_with("|") || line.starts_with("- ") ||
        line.starts_with("* "))
      return true;
  }
  return false;
}

}  // namespace

Recognized recognize(const std::string& file, std::string_view text) {
  const std::string extension = extension_of(file);
  const auto plain = [](InputKind kind) { return Recognized{kind, "", {}, {}}; };
  if (text.substr(0, 4096).find('\0') != std::string_view::npos) return none("not a text");
  if (extension == ".md" || extension == ".markdown") return plain(InputKind::kMarkdown);
  if (extension == ".tf") return plain(InputKind::kTerraform);
  if (extension == ".tfvars") return plain(InputKind::kTerraformVariables);
  if (extension == ".yaml" || extension == ".yml") return of_tree(file, text, false);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (extension == ".json" || (first != std::string_view::npos && text[first] == '{')) return of_tree(file, text, true);
  if (text.starts_with("apiVersion:") || text.starts_with("---\n")) return of_tree(file, text, false);
  if (looks_like_markdown(text)) return plain(InputKind::kMarkdown);
  return none(
      "of no kind that is known: give Markdown, a ledger, manifests of Kubernetes, values of a chart, .tf files or a plan as "
      "JSON");
}

}  // namespace isobar::plan
