// A password in a values file is read by everyone who reads the repository.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/helm/rules.h"
#include "plan/check/secrets.h"

namespace isobar::plan::rules::values {
namespace {

void walk(const helm::Values& values, const YamlNode& node, const std::string& path, Findings& findings) {
  for (const YamlNode& item : node.items) walk(values, item, path, findings);
  for (const YamlPair& pair : node.pairs) {
    if (path.empty() && helm::brings_along(*values.root, pair.first)) continue;  // values of their own
    const std::string here = path.empty() ? pair.first : path + "." + pair.first;
    walk(values, pair.second, here, findings);
    if (pair.second.kind != YamlNode::Kind::kScalar || !is_plain_secret(pair.first, pair.second.scalar)) continue;
    report(findings, "plain_secret", Severity::kError, {values.file, pair.second.line}, masked(here, pair.second.scalar),
           "a Secret that the chart is told the name of",
           "values stand in the repository and in the release that Helm keeps in the cluster");
  }
}

}  // namespace

void plain_secret(const helm::Values& values, const Ledger&, Findings& findings) {
  walk(values, *values.root, "", findings);
  const YamlNode* cloud = values.at("credentials.secretContents.cloud");
  if (values.chart != "velero" || cloud == nullptr) return;
  const std::size_t key = cloud->scalar.find("aws_secret_access_key");
  const std::size_t value = key == std::string::npos ? key : cloud->scalar.find_first_not_of(" =", key + 21);
  if (value == std::string::npos || std::string_view("<${\n").find(cloud->scalar[value]) != std::string_view::npos) return;
  report(findings, "plain_secret", Severity::kError, {values.file, cloud->line},
         "credentials.secretContents.cloud: an access key in plain text",
         "a role for the service account (serviceAccount.server.annotations), credentials.useSecret: false",
         "roles have no price and expire by themselves; keys must be rotated");
}

}  // namespace isobar::plan::rules::values
