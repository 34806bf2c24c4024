// plan check on .tf files and on plans as JSON: each rule on an error that was planted, and on what is right.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const read = (name) => readFileSync(`tests/plan/check/clean/${name}`, "utf8");
const network = read("network/main.tf");
const modules = read("modules.tf");

function run(files) {
  const folder = temporaryFolder();
  const paths = Object.keys(files).map((name) => join(folder, name));
  for (const path of paths) mkdirSync(dirname(path), { recursive: true });
  Object.values(files).forEach((text, i) => writeFileSync(paths[i], text));
  const done = spawnSync(binary, ["plan", "check", ...paths, "--format", "json"], { encoding: "utf8" });
  return { found: JSON.parse(done.stdout), status: done.status, errors: done.stderr };
}
const rules = (files) => {
  const { found, status, errors } = run(files);
  equal(status, found.length > 0 ? 1 : 0, `exit status, ${errors}`);
  return found.map((one) => one.rule);
};
function planted(text, changes, expected) {
  for (const [from, to] of changes) {
    holds(text.includes(from), `the corpus has no ${from}`);
    text = text.replace(from, to);
  }
  equal(rules({ "main.tf": text }), expected, JSON.stringify(changes));
}

await check("what is right", () => {
  equal(rules({ "main.tf": network }), []);
  equal(rules({ "main.tf": modules }), []);
});

await check("a planted error in resources gives its finding and no other", () => {
  planted(network, [["subnet_ids              = [aws_subnet.public_a.id, aws_subnet.public_b.id]", "subnet_ids = [aws_subnet.public_a.id]"]], ["zones"]);
  planted(network, [['availability_zone = "eu-west-1b"', 'availability_zone = "eu-west-1a"']], ["zones", "zones"]);
  planted(network, [['application"\n  subnets            = [aws_subnet.public_a.id, aws_subnet.public_b.id]', 'application"\n  subnets = [aws_subnet.public_a.id, aws_subnet.lone_private.id]']], ["zones"]);
  planted(network, [["subnet_id     = aws_subnet.public_a.id", "subnet_id = aws_subnet.lone_private.id"]], ["nat_subnet"]);
  planted(network, [["subnet_id     = aws_subnet.public_a.id", 'subnet_id = aws_subnet.private["eu-west-1a"].id']], ["nat_subnet"]);
  planted(network, [["subnet_id     = aws_subnet.public_a.id", 'subnet_id = aws_subnet.lone_private.id\n  connectivity_type = "private"']], []);
  planted(network, [['public_access_cidrs     = ["192.0.2.0/24"]', 'public_access_cidrs = ["0.0.0.0/0"]']], ["public_endpoint"]);
  planted(network, [['    public_access_cidrs     = ["192.0.2.0/24"]\n', ""]], ["public_endpoint"]);
  planted(network, [["desired_size = 3", "desired_size = 2"]], ["group_size"]);
  planted(network, [["max_size     = 9", "max_size = 2"]], ["group_size"]);
  planted(network, [['volume_type = "gp3"', 'volume_type = "gp2"']], ["disk_type"]);
  planted(network, [['types = ["m6a.large"]', 'types = ["m7g.large"]']], ["architecture"]);
  planted(network, [['copy.arn }', 'copy.arn }'], ['rule {\n    status = "Enabled"', 'rule {\n    status = "Disabled"']], ["replication_off"]);
  planted(network, [['versioning_configuration {\n    status = "Enabled"', 'versioning_configuration {\n    status = "Suspended"']], ["replication_off"]);
});

// The manner of many: count, element(), one table for each zone.
const counted = `
resource "aws_internet_gateway" "gw" {}
resource "aws_subnet" "public" {
  count             = length(var.zones)
  availability_zone = var.zones[count.index]
}
resource "aws_subnet" "private" {
  count             = length(var.zones)
  availability_zone = var.zones[count.index]
}
resource "aws_route_table" "public" {
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.gw.id
  }
}
resource "aws_route_table" "private" {
  count = length(var.zones)
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = element(aws_nat_gateway.nat.*.id, count.index)
  }
}
resource "aws_route_table_association" "public" {
  count          = length(var.zones)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_route_table_association" "private" {
  count          = length(var.zones)
  subnet_id      = element(aws_subnet.private.*.id, count.index)
  route_table_id = aws_route_table.private[count.index].id
}
resource "aws_nat_gateway" "nat" {
  count     = length(var.zones)
  subnet_id = aws_subnet.public[count.index].id
}
`;

await check("subnets, tables and gateways that are counted", () => {
  planted(counted, [], []);
  planted(counted, [["subnet_id = aws_subnet.public[count.index].id", "subnet_id = aws_subnet.private[count.index].id"]], ["nat_subnet"]);
  planted(counted, [["subnet_id = aws_subnet.public[count.index].id", "subnet_id = var.x ? aws_subnet.private[0].id : aws_subnet.public[0].id"]], []);
  planted(counted, [["subnet_id = aws_subnet.public[count.index].id", "subnet_id = element(aws_subnet.private.*.id, 0)"], ["nat_gateway_id = element(aws_nat_gateway.nat.*.id, count.index)", "gateway_id = var.gateway"]], []);
});

await check("a planted error in modules gives its finding and no other", () => {
  planted(modules, [["available.names, 0, 3)", "available.names, 0, 1)"]], ["zones", "zones"]);
  planted(modules, [["azs  = slice(data.aws_availability_zones.available.names, 0, 3)", 'azs = ["us-east-1a"]']], ["zones", "zones"]);
  planted(modules, [["subnet_ids                           = module.vpc.private_subnets", "subnet_ids = [module.vpc.private_subnets[0]]"]], ["zones"]);
  planted(modules, [["enable_nat_gateway = true\n", ""]], ["nat_switches"]);
  planted(modules, [["single_nat_gateway = true", "single_nat_gateway = true\n  one_nat_gateway_per_az = true"]], ["nat_switches"]);
  planted(modules, [["single_nat_gateway = true", "one_nat_gateway_per_az = true"], ["azs  = local.azs", 'azs = ["a", "b"]'], ['public_subnets  = [for k, v in local.azs : cidrsubnet("10.1.0.0/16", 8, k + 48)]', 'public_subnets = ["10.1.0.0/24"]']], ["nat_switches", "zones"]);
  planted(modules, [["  cluster_endpoint_public_access_cidrs = var.office_ranges\n", ""]], ["public_endpoint"]);
  planted(modules, [['ENABLE_PREFIX_DELEGATION = "true", ', ""]], ["max_pods"]);
  planted(modules, [['instance_types = ["t4g.xlarge"]', 'instance_types = ["t3a.xlarge"]']], ["architecture"]);
  planted(modules, [["min_size       = 3", 'block_device_mappings = { xvda = { ebs = { volume_size = 50, volume_type = "gp2" } } }\n      min_size = 3']], ["disk_type"]);
  planted(modules, [['source  = "terraform-aws-modules/alb/aws"', 'source  = "./search"\n  ebs_options = { volume_type = "gp2" }']], []);
});

await check("variables are unknown, unless a file beside sets them", () => {
  const text = modules.replace("azs  = local.azs", "azs = var.azs") + '\nvariable "azs" {\n  default = ["us-east-1a"]\n}\n';
  equal(rules({ "main.tf": text }), []);
  equal(rules({ "main.tf": text, "terraform.tfvars": 'azs = ["us-east-1a"]\n' }), ["zones", "zones"]);
  equal(rules({ "main.tf": text, "prod.tfvars": 'azs = ["us-east-1a"]\n' }), []);
  equal(rules({ "main.tf": 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_lb" "x" {\n  subnets = local.a\n}\n' }), []);
});

const resource = (address, values, index) => {
  const [type, name] = address.split(".");
  return { address: address + (index ?? ""), mode: "managed", type, name, ...(index ? { index: 0 } : {}), values };
};
const plan = (zone, natIn) => ({
  format_version: "1.2",
  terraform_version: "1.9.0",
  planned_values: {
    root_module: {
      resources: [
        resource("aws_subnet.public", { availability_zone: "us-east-1a", map_public_ip_on_launch: true }),
        resource("aws_subnet.private", { availability_zone: zone, map_public_ip_on_launch: false }),
        resource("aws_internet_gateway.main", {}),
        resource("aws_route_table.private", { tags: null }),
        resource("aws_route.out", { destination_cidr_block: "0.0.0.0/0", gateway_id: null }),
        resource("aws_route_table_association.private", {}),
        resource("aws_nat_gateway.main", { connectivity_type: "public" }),
        resource("aws_eks_cluster.main", { vpc_config: [{ endpoint_public_access: false, public_access_cidrs: null }] }),
      ],
    },
  },
  configuration: {
    root_module: {
      resources: [
        { address: "aws_route.out", expressions: { route_table_id: { references: ["aws_route_table.private.id", "aws_route_table.private"] }, nat_gateway_id: { references: ["aws_nat_gateway.main.id", "aws_nat_gateway.main"] } } },
        { address: "aws_route_table_association.private", expressions: { subnet_id: { references: ["aws_subnet.private.id", "aws_subnet.private"] }, route_table_id: { references: ["aws_route_table.private.id", "aws_route_table.private"] } } },
        { address: "aws_nat_gateway.main", expressions: { subnet_id: { references: [`aws_subnet.${natIn}.id`, `aws_subnet.${natIn}`] } } },
        { address: "aws_eks_cluster.main", expressions: { vpc_config: [{ subnet_ids: { references: ["aws_subnet.public.id", "aws_subnet.public", "aws_subnet.private.id", "aws_subnet.private"] } }] } },
      ],
    },
  },
});

await check("plans as JSON", () => {
  equal(rules({ "plan.json": JSON.stringify(plan("us-east-1b", "public")) }), []);
  const { found } = run({ "plan.json": JSON.stringify(plan("us-east-1b", "private"), null, 1) });
  equal(found.map((one) => [one.rule, one.stated]), [["nat_subnet", "aws_nat_gateway.main in aws_subnet.private"]]);
  equal(rules({ "plan.json": JSON.stringify(plan("us-east-1a", "public")) }), ["zones"]);
  const changes = { format_version: "1.2", resource_changes: [{ address: "aws_ebs_volume.a", mode: "managed", type: "aws_ebs_volume", name: "a", change: { actions: ["create"], after: { type: "gp2", size: 10 } } }] };
  equal(rules({ "plan.json": JSON.stringify(changes) }), ["disk_type"]);
});

await check("damage is said with its line", () => {
  const { found, status, errors } = run({ "main.tf": 'resource "aws_ebs_volume" "a" {\n  type = "gp2"\n}\nresource "x" {\n  a = [1\n' });
  equal([found.length, status], [1, 1]);
  holds(/main\.tf:6: the file ends where \] is missing|main\.tf:6: expected/.test(errors), errors);
});

await finish();
