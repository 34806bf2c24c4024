// render_kustomize: base/ is the last profile's, and an overlay holds what another one differs in.
#include <algorithm>

#include <fmt/format.h>

#include "plan/render/isobar_objects.h"
#include "plan/render/render.h"
#include "plan/render/templates.h"
#include "plan/render/words.h"

namespace isobar::plan {
namespace rendering {
namespace {

Tree kustomization() {
  return Tree::map({{"apiVersion", "kustomize.config.k8s.io/v1beta1"}, {"kind", "Kustomization"}});
}

Tree namespace_object() {
  Tree out = Tree::map({{"apiVersion", "v1"}, {"kind", "Namespace"}});
  out["metadata"]["name"] = "isobar";
  // A warning and no refusal: a sidecar's init container needs more, where Istio's CNI plugin does not stand in for it.
  out["metadata"]["labels"]["pod-security.kubernetes.io/warn"] = "restricted";
  return out;
}

void add_base(const std::vector<Object>& objects, const std::string& about, std::vector<RenderedFile>& files) {
  Tree root = kustomization();
  root["namespace"] = "isobar";
  Tree& resources = root["resources"] = Tree::list({"namespace.yaml"});
  for (const Object& object : objects) {
    resources.add(object.file);
    files.push_back({"base/" + object.file, to_yaml(object.tree)});
  }
  // The name of the map follows its content, so a change of it restarts the pod.
  Tree map = Tree::map({{"name", "isobar"}, {"files", Tree::list({"prometheus.yml"})}});
  map["options"]["labels"] = *objects.front().tree.find("metadata")->find("labels");
  root["configMapGenerator"] = Tree::list({std::move(map)});
  files.push_back({"base/kustomization.yaml", comment(about) + to_yaml(root)});
  files.push_back({"base/namespace.yaml", to_yaml(namespace_object())});
  files.push_back({"base/prometheus.yml", scrape_configuration()});
}

// The patch names its object; null where nothing differs.
std::string patch_text(const Object& from, const Object& to) {
  const Tree changes = patch_between(from.tree, to.tree);
  if (changes.pairs.empty()) return {};
  Tree patch;
  for (const char* key : {"apiVersion", "kind"}) patch[key] = *to.tree.find(key);
  patch["metadata"]["name"] = *to.tree.find("metadata")->find("name");
  for (const Pair& pair : changes.pairs) patch[pair.key] = pair.value;
  return to_yaml(patch);
}

// A class cannot be changed in place, but an overlay is applied to a cluster of its own.
void add_overlay(const IsobarDeployment& d, const std::vector<Object>& base, const std::vector<Object>& objects,
                 const std::string& name, const std::string& about, std::vector<RenderedFile>& files) {
  Tree root = kustomization();
  root["resources"] = Tree::list({"../../base"});
  root["labels"] = Tree::list({Tree::map({{"pairs", Tree::map({{"isobar/profile", d.profile}})}})});
  Tree patches = Tree::list();
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::string text = patch_text(base[i], objects[i]);
    if (text.empty()) continue;
    patches.add(Tree::map({{"path", objects[i].file}}));
    files.push_back({fmt::format("overlays/{}/{}", name, objects[i].file), text});
  }
  if (!patches.items.empty()) root["patches"] = std::move(patches);
  root["images"] = Tree::list({Tree::map({{"name", "isobar"},
                                          {"newName", Tree("isobar").note("your registry, after podman build -t isobar .")},
                                          {"newTag", d.version}})});
  files.push_back({fmt::format("overlays/{}/kustomization.yaml", name), comment(about) + to_yaml(root)});
}

// "isobar-prod" is overlays/prod.
std::string overlay_name(const std::string& profile) {
  constexpr std::string_view kPrefix = "isobar-";
  return profile.starts_with(kPrefix) && profile.size() > kPrefix.size() ? profile.substr(kPrefix.size()) : profile;
}

Result<std::vector<std::string>> chosen(const Ledger& ledger, std::vector<std::string> profiles) {
  TRY(const std::vector<std::string> possible, isobar_profiles(ledger));
  if (profiles.empty()) profiles = possible;
  for (const std::string& one : profiles) {
    TRY(const bool isobar, has_isobar(ledger, one));
    if (!isobar)
      return fail(Code::kUnprocessable,
                  fmt::format("the profile has no Isobar; its charts have values: plan render helm --profile {}", one));
  }
  if (profiles.empty()) return fail(Code::kUnprocessable, "no profile of the ledger has Isobar (isobar.replicas)");
  return profiles;
}

}  // namespace
}  // namespace rendering

Result<Rendering> render_kustomize(const Ledger& ledger, std::vector<std::string> profiles, std::string_view version) {
  using namespace rendering;
  TRY(profiles, chosen(ledger, std::move(profiles)));
  std::vector<IsobarDeployment> deployments;
  Rendering out;
  for (const std::string& profile : profiles) {
    TRY(const ProfileFacts facts, ProfileFacts::of(ledger, profile));
    TRY(deployments.emplace_back(), isobar_deployment(facts, version));
    for (const std::string& note : deployments.back().notes) {
      if (std::find(out.notes.begin(), out.notes.end(), note) == out.notes.end()) out.notes.push_back(note);
    }
  }
  const std::vector<Object> base = isobar_objects(deployments.back());
  add_base(base, fmt::format("Isobar as in the profile {}. Overlays say what others have instead.", profiles.back()), out.files);
  for (const IsobarDeployment& d : deployments) {
    add_overlay(d, base, isobar_objects(d), overlay_name(d.profile),
                fmt::format("{}: what differs from the base, with the decisions.", d.title), out.files);
  }
  sort_by_path(out.files);
  return out;
}

}  // namespace isobar::plan
