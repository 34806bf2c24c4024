// plan check on files given together, and on ledgers.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const read = (name) => readFileSync(`tests/plan/check/clean/${name}`, "utf8");
const shop = read("shop.yaml");
const nodes = read("nodes.tf");
const loki = read("loki-values.yaml");

function run(files, flags = []) {
  const folder = temporaryFolder();
  const paths = Object.keys(files).map((name) => join(folder, name));
  for (const path of paths) mkdirSync(dirname(path), { recursive: true });
  Object.values(files).forEach((text, i) => writeFileSync(paths[i], text));
  const done = spawnSync(binary, ["plan", "check", ...paths, "--format", "json", ...flags], { encoding: "utf8" });
  return { found: JSON.parse(done.stdout), status: done.status, errors: done.stderr };
}
const rules = (files) => run(files).found.map((one) => `${one.rule} ${one.severity}`);
const changed = (text, ...changes) => {
  for (const [from, to] of changes) {
    holds(text.includes(from), `no ${from}`);
    text = text.replace(from, to);
  }
  return text;
};

await check("what fits", () => {
  equal(rules({ "shop.yaml": shop, "main.tf": nodes }), []);
  equal(rules({ "shop.yaml": shop, "main.tf": read("modules.tf") }), []);
  equal(rules({ "loki-values.yaml": loki, "main.tf": nodes }), []);
});

await check("pods against the nodes of the Terraform given with them", () => {
  // 3 x 256 + 3 x 2,048 + 128 + 2 x 128 = 7,296 MiB; t3a.medium has 3,246 MiB for pods.
  const small = changed(nodes, ["t3a.xlarge", "t3a.medium"]);
  const found = run({ "shop.yaml": shop, "main.tf": small }).found;
  equal(found.map((one) => [one.rule, one.severity, one.line, one.stated]), [["capacity", "warning", 18, "9 pods on 3 nodes"]]);
  holds(found[0].holds.startsWith("with one node less 7,296 MiB requested, 6,492 MiB there"), found[0].holds);
  equal(rules({ "shop.yaml": shop, "main.tf": changed(small, ["max_size       = 6", "max_size = 2"], ["desired_size   = 3", "desired_size = 2"], ["min_size       = 3", "min_size = 2"]) }), ["host_spread error", "capacity error", "zone_bound_volume error"]);
  equal(rules({ "shop.yaml": changed(shop, ["memory: 2Gi", "memory: 15Gi"]), "main.tf": nodes }), ["capacity error"]);
  equal(rules({ "shop.yaml": changed(shop, ["memory: 2Gi", "memory: 15Gi"]), "main.tf": changed(nodes, ['["t3a.xlarge"]', "var.types"]) }), []);
});

await check("volumes and zones", () => {
  const two = changed(nodes, ["min_size       = 3", "min_size = 2"]);
  const [one] = run({ "shop.yaml": shop, "main.tf": two }).found;
  equal([one.rule, one.line, one.stated], ["zone_bound_volume", 20, "node group main of module eks: min_size 2 over 3 zones"]);
  holds(one.derivation.includes("StatefulSet database"), one.derivation);
  equal(rules({ "main.tf": two }), []);
  equal(rules({ "operators.yaml": read("operators.yaml"), "main.tf": two }), []);
  equal(rules({ "loki-values.yaml": loki, "main.tf": two }), ["zone_bound_volume error"]);
  equal(rules({ "shop.yaml": shop, "main.tf": changed(two, ["  subnet_ids = module", "  subnet_ids = module"], ["min_size = 2", "min_size = 0\n      subnet_ids = [module.vpc.private_subnets[0]]"]) }), []);
  equal(rules({ "shop.yaml": shop, "pool.yaml": "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: default}\n", "main.tf": two }), []);
});

await check("hosts and caches", () => {
  equal(rules({ "shop.yaml": changed(shop, ["replicas: 3\n  serviceName", "replicas: 7\n  serviceName"]), "main.tf": changed(nodes, ["desired_size   = 3", "desired_size = 6"]) }), ["host_spread error"]);
  const cached = changed(loki, ["chunksCache: {enabled: false}", "chunksCache: {enabled: true}"]);
  equal(rules({ "loki-values.yaml": cached, "main.tf": nodes }), []);
  const [one] = run({ "loki-values.yaml": cached, "main.tf": changed(nodes, ["t3a.xlarge", "t3a.medium"]) }).found;
  equal([one.rule, one.stated, one.holds], ["cache_memory", "chunksCache of loki: 9,830 MiB requested", "chunksCache.allocatedMemory of at most 2705, or enabled: false"]);
});

const ledger = (name) => readFileSync(`decisions/${name}.yaml`, "utf8");
const ledgerFiles = () => Object.fromEntries(["assumptions", "components", "controls", "decisions", "failures", "measured", "model", "prices"].map((name) => [`ledger/${name}.yaml`, ledger(name)]));

await check("the ledger that ships", () => {
  const { found } = run(ledgerFiles());
  equal(found.map((one) => `${one.line} ${one.rule} ${one.stated.split(":")[0]}`), [
    "27 zones stack-dev", "52 zones stack-dev", "103 free_waiver stack-dev", "129 free_waiver stack-dev", "155 capacity stack-prod", "168 zone_bound_volume stack-prod",
    "189 disk_type stack-dev", "417 shared_volume stack-prod", "429 disk_type stack-dev", "451 free_waiver stack-dev, isobar-prod, isobar-dev", "489 free_waiver stack-dev", "516 free_waiver stack-dev",
  ]);
  holds(found[4].holds.includes("with 2 nodes, after the loss of a zone, 36,637 MiB requested, 28,324 MiB there; 10,240m of CPU requested, 7,840m there"), found[4].holds);
});

await check("a ledger put right has no finding left where it was changed", () => {
  const files = ledgerFiles();
  const before = run(files).found.length;
  const fix = (...changes) => {
    const edited = { ...files, "ledger/decisions.yaml": changed(files["ledger/decisions.yaml"], ...changes), };
    return run(edited).found.map((one) => one.rule);
  };
  const without = (rule, ...changes) => {
    const left = fix(...changes);
    equal([left.length, left.filter((one) => one === rule).length], [before - 1, run(files).found.filter((one) => one.rule === rule).length - 1], rule);
  };
  without("zone_bound_volume", ["stack-prod: {text: one group over all zones, set: {scaler: multi_az}}", "stack-prod: {text: one group for each zone, set: {scaler: per_az}}"]);
  without("capacity", ['stack-prod: {text: "3", set: {nodes.count: 3}}', 'stack-prod: {text: "5", set: {nodes.count: 5}}']);
  without("free_waiver", ["static, set: {credentials.roles: false}", "roles, set: {credentials.roles: true}"]);
  without("shared_volume", ['stack-prod: {text: "2", set: {grafana.replicas: 2}}', 'stack-prod: {text: "1", set: {grafana.replicas: 1}}']);
  without("disk_type", ["set: {disk.gib: 50, disk.type: gp2}", "set: {disk.gib: 50, disk.type: gp3}"]);
  equal(fix(["strength: weak, reason: \"redundant egress", "strength: full, reason: \"redundant egress"]).filter((one) => one === "control_fit").length, 1);
  equal(fix(["met_when: backup.cross_region}", "met_when: velero.deployed}"]).filter((one) => one === "control_fit").length, 2);
});

await check("problems of a ledger are findings with file and line", () => {
  const small = "profiles:\n  - {id: prod, title: p}\ndecisions:\n  - id: A\n    title: t\n    values: {prd: {text: x}}\nprices:\n  - {id: x, title: x, unit: h, usd: -1, source: s, date: 2026-01-01}\n";
  const found = run({ "own.yaml": small }).found;
  equal(found.map((one) => [one.rule, one.line]), [["ledger", 8]]);
  const names = run({ "own.yaml": small.replace("usd: -1", "usd: 1") }).found;
  equal(names.map((one) => [one.rule, one.line, one.stated]), [["ledger", 4, "- id: A"], ["ledger", 4, "- id: A"]]);
  holds(names[0].holds.includes("did you mean prod"), names[0].holds);
  const overrides = "prices:\n  - {id: nat_hour, title: NAT, unit: hour, usd: 0.03, source: contract, date: 2026-01-01}\n";
  equal(run({ "own.yaml": overrides }).status, 0);
  equal(run({ "own.yaml": overrides.replace("0.03", "x") }).found.map((one) => [one.rule, one.line]), [["ledger", 2]]);
});

await finish();
