// What a folder of .tf files, or a plan as JSON, declares: resources and module calls with their arguments as values.
//
// Names of locals are replaced by their values, those of variables by what a .tfvars file beside them sets; a default of a
// variable is not what will hold, so it stays unknown. Arguments that a plan will only know after apply are unknown too, with
// the names that its configuration gives them.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/yaml.h"
#include "plan/check/terraform/hcl.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan::terraform {

using hcl::Value;

struct Resource {
  std::string type, name;
  std::string address;  // aws_subnet.private, module.vpc.aws_subnet.private; without an index
  std::string index;    // of one instance in a plan
  Origin origin;
  Value body;
  bool planned = false;   // then what is missing may be unknown, and null is what is not set
  bool repeated = false;  // count or for_each that is not 1

  std::string title() const { return address + index; }
};

struct ModuleCall {
  std::string name, source;
  Origin origin;
  Value body;
};

struct Configuration {
  std::vector<Resource> resources;
  std::vector<ModuleCall> modules;

  std::vector<const Resource*> of_type(std::string_view type) const;
  // What a reference such as aws_subnet.private[0].id names; none when it is not here.
  std::vector<const Resource*> named(const Value& reference) const;
  // The only resource of this type that a value speaks of, whichever instance; null when there are others or it may be
  // something else: element(aws_subnet.a[*].id, count.index) is aws_subnet.a.
  const Resource* only_named(const Value& value, std::string_view type) const;
  const ModuleCall* module_named(const Value& reference) const;
  bool has(std::string_view type) const { return !of_type(type).empty(); }
};

// get(body, "vpc_config.subnet_ids"): of a list of one object its only item; null when any part is missing.
const Value* get(const Value& body, std::string_view path);
// Literals only.
std::optional<std::string> text_of(const Value* value);
std::optional<std::int64_t> number_of(const Value* value);
std::optional<bool> truth_of(const Value* value);
// Not given, or null.
bool unset(const Value* value);
// "registry.terraform.io/terraform-aws-modules/vpc/aws" is terraform-aws-modules/vpc.
bool is_module(const ModuleCall& call, std::string_view name);

struct TerraformFile {
  std::string name;
  hcl::File parsed;
  bool variables = false;  // .tfvars
};

// One configuration for each folder.
std::vector<Configuration> read_configurations(const std::vector<TerraformFile>& files);
Configuration read_plan(const std::string& file, const YamlNode& root);

}  // namespace isobar::plan::terraform
