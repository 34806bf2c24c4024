// Writes aws_resources.json: arguments and blocks of the AWS resources that are rendered, from the provider's own schema.
// That comes as types in the npm package @cdktn/provider-aws, 476 MB unpacked, so it is recorded once and not installed:
//
//   npm install --ignore-scripts --legacy-peer-deps @cdktn/provider-aws@25.7.0     somewhere else
//   node tests/plan/render/record_aws_resources.mjs PATH/node_modules/@cdktn/provider-aws
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const resources = [
  "autoscaling_group_tag", "autoscaling_schedule", "cloudwatch_log_group", "default_security_group", "eip", "eks_addon",
  "eks_cluster", "eks_node_group", "iam_instance_profile", "iam_role", "iam_role_policy", "iam_role_policy_attachment",
  "instance", "internet_gateway", "kms_alias", "kms_key", "launch_template", "nat_gateway", "route", "route_table",
  "route_table_association", "security_group", "subnet", "vpc", "vpc_endpoint", "vpc_ipv4_cidr_block_association",
  "vpc_security_group_egress_rule", "vpc_security_group_ingress_rule",
];
const dataSources = ["caller_identity", "partition", "ssm_parameter"];

// Interfaces of one file: name -> [{name, type, required}], the names as they stand in HCL.
function interfacesOf(text) {
  const found = {};
  for (const [, name, root, body] of text.matchAll(/export interface (\w+)( extends cdktn\.TerraformMetaArguments)? \{\n([\s\S]*?)\n\}/g)) {
    found[root === undefined ? name : "root"] = [...body.matchAll(/#(\w+) \w+#\1\}[\s\S]*?\*\/\s+readonly \w+(\??): ([^;]+(?:;\s*\})?);/g)].map(([, key, optional, type]) => ({ key, type, required: optional === "" }));
  }
  return found;
}

function shapeOf(interfaces, name) {
  const shape = { arguments: [], required: [], blocks: {} };
  for (const { key, type, required } of interfaces[name]) {
    const inner = type.match(/^(\w+)(\[\])?(?: \| cdktn\.IResolvable)?$/)?.[1];
    if (inner !== undefined && inner in interfaces) shape.blocks[key] = shapeOf(interfaces, inner);
    else shape.arguments.push(key);
    if (required) shape.required.push(key);
  }
  return shape;
}

const provider = process.argv[2];
const read = (folder) => shapeOf(interfacesOf(readFileSync(join(provider, "lib", folder, "index.d.ts"), "utf8")), "root");
const shapes = { source: "", resource: {}, data: {} };
const about = JSON.parse(readFileSync(join(provider, "package.json"), "utf8"));
shapes.source = `hashicorp/aws as in @cdktn/provider-aws ${about.version}`;
for (const one of resources) shapes.resource[`aws_${one}`] = read(one.replaceAll("_", "-"));
for (const one of dataSources) shapes.data[`aws_${one}`] = read(`data-aws-${one.replaceAll("_", "-")}`);
writeFileSync(new URL("aws_resources.json", import.meta.url), JSON.stringify(shapes, null, 1) + "\n");
