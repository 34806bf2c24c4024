// A copy in another place that is configured and switched off is no copy.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"

namespace isobar::plan::rules::terraform {
namespace {

using namespace plan::terraform;

// The versioning of the bucket of a replication, if this configuration has it.
const Resource* versioning_of(const Configuration& configuration, const hcl::Value& bucket) {
  for (const Resource* one : configuration.of_type("aws_s3_bucket_versioning")) {
    const hcl::Value* of = one->body.find("bucket");
    if (of != nullptr && !of->text.empty() && of->text == bucket.text) return one;
  }
  return nullptr;
}

}  // namespace

void replication_off(const Configuration& configuration, const Ledger&, Findings& findings) {
  for (const Resource* one : configuration.of_type("aws_s3_bucket_replication_configuration")) {
    const hcl::Value* rules = one->body.find("rule");
    for (const hcl::Value& rule : rules == nullptr ? std::vector<hcl::Value>{} : rules->items) {
      const hcl::Value* status = rule.find("status");
      if (text_of(status) != "Disabled") continue;
      report(findings, "replication_off", Severity::kWarning, {one->origin.file, status->line},
             fmt::format("{}: status Disabled", one->title()), "Enabled, or no rule",
             "what is configured and off copies nothing: CP-6 is not met by it");
    }
    const hcl::Value* bucket = one->body.find("bucket");
    const Resource* versioning = bucket == nullptr ? nullptr : versioning_of(configuration, *bucket);
    const hcl::Value* versions = versioning == nullptr ? nullptr : get(versioning->body, "versioning_configuration.status");
    if (!text_of(versions) || text_of(versions) == "Enabled") continue;
    report(findings, "replication_off", Severity::kError, {versioning->origin.file, versions->line},
           fmt::format("{}: status {} with {}", versioning->title(), versions->text, one->title()), "versioning Enabled",
           "S3 refuses replication of a bucket without versions");
  }
}

}  // namespace isobar::plan::rules::terraform
