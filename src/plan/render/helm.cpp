// render_helm: the chart isobar/, or values files for the charts of a profile without Isobar.
#include <fmt/format.h>

#include "plan/render/isobar_deployment.h"
#include "plan/render/render.h"
#include "plan/render/stack_values.h"
#include "plan/render/templates.h"
#include "plan/render/tree.h"
#include "plan/render/words.h"

namespace isobar::plan {
namespace rendering {
namespace {

std::string chart_yaml(const IsobarDeployment& d) {
  Tree chart = Tree::map({{"apiVersion", "v2"}, {"name", "isobar"}, {"type", "application"}});
  chart["description"] = "Isobar: metrics of Prometheus, durable, in one process";
  chart["version"] = d.version;
  chart["appVersion"] = d.version;
  chart["kubeVersion"] = ">=1.29.0-0";  // persistentVolumeClaimRetentionPolicy is on from 1.27, kept by EKS from 1.29
  chart["keywords"] = Tree::list({"metrics", "prometheus", "monitoring"});
  return to_yaml(chart);
}

Tree empty_map() {
  return Tree::map();
}

// Null values are derived in the chart from the limit; they stand here so that a reader sees that they exist.
Tree memory_values(const IsobarDeployment& d) {
  Tree memory;
  memory["limitMiB"] = Tree(d.memory_limit_mib.value).note(d.memory_limit_mib.source);
  memory["requestMiB"] = Tree(d.memory_request_mib.value).note(d.memory_request_mib.source);
  const MemoryBudget budget = budget_of(d.memory_limit_mib.value);
  const std::pair<const char*, std::int64_t> parts[] = {{"headMiB", budget.head},
                                                        {"queriesMiB", budget.queries},
                                                        {"queryMiB", budget.query},
                                                        {"bodiesMiB", budget.bodies},
                                                        {"flushMiB", budget.flush}};
  for (const auto& [key, mib] : parts) {
    Tree& value = memory[key] = Tree("null").note(fmt::format("from the limit: {}", mib));
    value.plain = true;
  }
  return memory;
}

Tree values_tree(const IsobarDeployment& d) {
  Tree values;
  values["profile"] = d.profile;
  values["replicaCount"] = Tree(1).note(d.replicas_source + "; more than one is not built");
  values["logLevel"] = "info";
  values["spread"] = Tree("hard").note("zones of replicas; without meaning for one");
  values["image"] = Tree::map({{"repository", Tree("isobar").note("your registry, after podman build -t isobar .")},
                               {"tag", Tree("").note("empty: " + d.version)},
                               {"pullPolicy", "IfNotPresent"},
                               {"pullSecrets", Tree::list()}});
  values["memory"] = memory_values(d);
  values["cpu"]["requestMillicores"] = Tree(d.cpu_request_m.value).note(d.cpu_request_m.source);
  values["persistence"] =
      Tree::map({{"sizeGiB", Tree(d.volume_gib.value).note(d.volume_gib.source)},
                 {"storageClassName", Tree("").note("with storageClass.create: false")},
                 {"whenDeleted", Tree(d.keep_volume.value ? "Retain" : "Delete").note(d.keep_volume.source)}});
  Tree& storage_class = values["storageClass"];
  storage_class["create"] = true;
  storage_class["kmsKeyId"] =
      Tree("").note(d.own_key.source + (d.own_key.value ? "; set it to the output ebs_kms_key_arn of the OpenTofu module" : ""));
  storage_class["tags"] = Tree::list().note(d.tags.source);
  for (const auto& [key, value] : d.tags.value) storage_class["tags"].add(fmt::format("{}={}", key, value));
  values["serviceAccount"]["annotations"] = empty_map();
  values["mesh"]["enabled"] = Tree(d.mesh.value).note(d.mesh.source);
  values["networkPolicy"] =
      Tree::map({{"enabled", true},
                 {"clientNamespaces", Tree::list().note("who may write and ask, besides pods with isobar/client: \"true\"")},
                 {"scrapePorts", Tree::list().note("ports of scrape.jobs")}});
  values["scrape"] = Tree::map({{"interval", "15s"}, {"jobs", Tree::list().note("as in scrape_configs of Prometheus")}});
  values["nodeSelector"] = empty_map();
  values["tolerations"] = Tree::list();
  return values;
}

std::string values_yaml(const IsobarDeployment& d) {
  return fmt::format(
             "# {}: isobar plan render helm --profile {}\n# A comment begins with the decision that a value comes from.\n",
             d.title, d.profile) +
         to_yaml(values_tree(d));
}

Result<std::string> notes_text(const ProfileFacts& facts, const IsobarDeployment& d) {
  std::string text = wrapped(fmt::format("Profile {}: {}.", d.profile, cost_sentence(facts)));
  TRY(const std::vector<std::string> waived, waived_controls(facts));
  text += waived.empty() ? "\nNo control that another profile meets is waived.\n"
                         : "\nControls of NIST SP 800-53 that another profile meets better:\n\n" + bullets(waived);
  return text + "\nWhat the profile plans and this release does not hold:\n\n" + bullets(d.notes);
}

Result<std::string> profile_enum(const Ledger& ledger) {
  TRY(const std::vector<std::string> profiles, isobar_profiles(ledger));
  std::string text;
  for (const std::string& one : profiles) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", one);
  return text;
}

Result<Rendering> render_chart(const ProfileFacts& facts, std::string_view version) {
  TRY(const IsobarDeployment d, isobar_deployment(facts, version));
  TRY(const std::string notes, notes_text(facts, d));
  TRY(const std::string profiles, profile_enum(facts.ledger()));
  TRY(std::vector<RenderedFile> files, templates("helm", {{"NOTES", notes}, {"PROFILES", profiles}}));
  files.push_back({"Chart.yaml", chart_yaml(d)});
  files.push_back({"values.yaml", values_yaml(d)});
  for (RenderedFile& file : files) file.path = "isobar/" + file.path;
  sort_by_path(files);
  return Rendering{std::move(files), d.notes};
}

}  // namespace
}  // namespace rendering

Result<Rendering> render_helm(const Ledger& ledger, std::string_view profile, std::string_view version) {
  TRY(const rendering::ProfileFacts facts, rendering::ProfileFacts::of(ledger, profile));
  TRY(const bool isobar, rendering::has_isobar(ledger, profile));
  if (isobar) return rendering::render_chart(facts, version);
  return rendering::render_stack_values(facts);
}

}  // namespace isobar::plan
