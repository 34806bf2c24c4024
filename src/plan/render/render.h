// plan render: a profile of the ledger as files. Charts of Helm, bases and overlays of kustomize, modules of OpenTofu.
//
//   render_helm       a profile with Isobar: the chart isobar/ with its values. A profile without: values files for the
//                     charts of its components, with what cannot work corrected
//   render_kustomize  base/ and one overlay for each profile, with patches for what differs
//   render_opentofu   VPC, EKS, nodes and bastion of any profile
//
// A value that comes from a decision carries its id as a comment. Where the profile plans what does not exist or cannot
// work, the files hold what does, and `notes` says so: one sentence each, with the decision first.
//
// Errors: kInvalid for an unknown profile; kUnprocessable for a setting that the ledger lacks or that cannot be rendered,
// with the decision and what to write instead.
// Thread safety: functions of their arguments; same ledger, same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan {

struct RenderedFile {
  std::string path;  // relative, with "/"
  std::string text;
};

struct Rendering {
  std::vector<RenderedFile> files;  // by path
  std::vector<std::string> notes;
};

// "note: ..." lines of at most 80 columns.
std::string notes_as_text(const std::vector<std::string>& notes);

// `version` is that of the program: the tag of the image and the chart's appVersion.
Result<Rendering> render_helm(const Ledger& ledger, std::string_view profile, std::string_view version);
// No profiles: all that have Isobar. The last one is the base.
Result<Rendering> render_kustomize(const Ledger& ledger, std::vector<std::string> profiles, std::string_view version);
Result<Rendering> render_opentofu(const Ledger& ledger, std::string_view profile);

}  // namespace isobar::plan
