// plan render KIND: a profile as files. Notes on what the files do not hold go to standard error, so that standard output
// can be piped.
#include <cstdio>

#include <fmt/format.h>

#include "output_folder.h"
#include "plan/render/render.h"
#include "plan_verbs.h"
#include "version.h"

namespace isobar::app {
namespace {

Result<std::string> one_profile(const PlanSettings& s, const std::string& kind) {
  if (s.profiles.size() == 1) return s.profiles[0];
  return fail(Code::kInvalid, fmt::format("render {} takes one --profile; plan profiles lists them", kind));
}

Result<plan::Rendering> rendering_of(const PlanSettings& s, const std::string& kind) {
  if (kind != "helm" && kind != "opentofu" && kind != "kustomize") {
    return fail(Code::kInvalid, fmt::format("what to render must be helm, opentofu or kustomize: {}", kind));
  }
  TRY(const plan::Ledger ledger, read_ledger(s));
  if (kind == "kustomize") return plan::render_kustomize(ledger, s.profiles, kVersion);
  TRY(const std::string profile, one_profile(s, kind));
  return kind == "helm" ? plan::render_helm(ledger, profile, kVersion) : plan::render_opentofu(ledger, profile);
}

void print_files(const plan::Rendering& rendering) {
  bool first = true;
  for (const plan::RenderedFile& file : rendering.files) {
    print(fmt::format("{}==> {} <==\n{}", first ? "" : "\n", file.path, file.text));
    first = false;
  }
}

OutputFiles output_files(const plan::Rendering& rendering) {
  OutputFiles files;
  for (const plan::RenderedFile& file : rendering.files) files.emplace_back(file.path, file.text);
  return files;
}

Result<void> render_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  if (s.force && s.out.empty()) return fail(Code::kInvalid, "--force goes with --out");
  TRY(const plan::Rendering rendering, rendering_of(s, arguments[0]));
  if (s.out.empty()) {
    print_files(rendering);
  } else {
    TRYV(write_folder(s.out, output_files(rendering), s.force));
    print(fmt::format("{} files in {}\n", rendering.files.size(), s.out));
  }
  std::fputs(plan::notes_as_text(rendering.notes).c_str(), stderr);
  return {};
}

void render_flags(Flags& flags, PlanSettings& s) {
  flags.list("profile", "the profile; kustomize takes several, by default all with Isobar", s.profiles)
      .text("out", "write files into this folder instead of to standard output", s.out)
      .toggle("force", "also into a folder that is not empty; files of the same name are replaced", s.force);
}

}  // namespace

const PlanVerb kRenderVerb{"render",
                           "isobar plan render helm|opentofu|kustomize --profile PROFILE [--out DIR]",
                           "The files that deploy a profile: a chart or values, VPC and EKS, base and\noverlays. What it plans "
                           "and they do not hold is said on standard error.",
                           1,
                           1,
                           render_flags,
                           render_verb};

}  // namespace isobar::app
