// plan render: goldens byte for byte, and what is rendered held against the real tools: helm and kubectl, the schemas of
// Kubernetes, the parser of HCL and the provider's schema, isobar serve itself, and plan check.
//
// ISOBAR_UPDATE=1 (./dev test --update) rewrites tests/plan/render/golden for review in the diff.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { binary, check, equal, finish, holds, startIsobar, temporaryFolder, until, writeTemporary } from "../e2e/harness.mjs";
import { helm, kustomize, missing } from "./render/tools.mjs";

const plan = (...words) => {
  const run = spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
const stacks = ["stack-prod", "stack-dev"];
const isobars = ["isobar-prod", "isobar-dev"];
const profiles = [...stacks, ...isobars];
const read = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => ({ path: path.slice(folder.length + 1), text: readFileSync(path, "utf8") }));

// Renders into a folder, once.
const rendered = new Map();
function render(kind, ...flags) {
  const key = [kind, ...flags].join(" ");
  if (!rendered.has(key)) {
    const folder = join(temporaryFolder(), "out");
    const done = plan("render", kind, ...flags, "--out", folder);
    equal(done.status, 0, `${key}: ${done.error}`);
    rendered.set(key, { folder, files: read(folder), notes: done.error });
  }
  return rendered.get(key);
}

// ---------------------------------------------------------------------------------------------------------------- goldens

// Files that do not depend on the profile stand in the golden of one profile only.
const goldens = [
  ...profiles.map((profile) => ["helm", profile, profile === "isobar-dev" ? "isobar-prod" : null]),
  ...profiles.map((profile) => ["opentofu", profile, profile === "isobar-prod" ? null : "isobar-prod"]),
  ["kustomize", null, null],
];
const flagsOf = (profile) => (profile === null ? [] : ["--profile", profile]);

for (const [kind, profile, like] of goldens) {
  const name = [kind, profile].filter(Boolean).join("-");
  await check(`golden ${name}`, () => {
    const { files, notes } = render(kind, ...flagsOf(profile));
    const base = like === null ? [] : render(kind, ...flagsOf(like)).files;
    const own = files.filter((file) => !base.some((other) => other.path === file.path && other.text === file.text));
    const text = own.map((file) => `==> ${file.path} <==\n${file.text}`).join("\n") + `\n==> standard error <==\n${notes}`;
    const golden = `tests/plan/render/golden/${name}.txt`;
    if (process.env.ISOBAR_UPDATE) {
      mkdirSync("tests/plan/render/golden", { recursive: true });
      writeFileSync(golden, text);
    }
    equal(text, readFileSync(golden, "utf8"), golden);
  });
  await check(`the same input gives the same bytes: ${name}`, () => {
    const [one, two] = [plan("render", kind, ...flagsOf(profile)), plan("render", kind, ...flagsOf(profile))];
    equal(one, two, name);
    const stream = render(kind, ...flagsOf(profile)).files.map((file) => `==> ${file.path} <==\n${file.text}`).join("\n");
    equal([...one.out.matchAll(/^==> (.*) <==$/gm)].map((match) => match[1]).sort(), [...stream.matchAll(/^==> (.*) <==$/gm)].map((match) => match[1]).sort(), "files of the stream");
  });
}

// --------------------------------------------------------------------------------------------------------------- the verb

await check("a folder that is not empty is left alone", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine.txt"), "mine");
  const refused = plan("render", "helm", "--profile", "isobar-dev", "--out", folder);
  equal([refused.status, refused.error], [1, `isobar plan render: the folder is not empty; --force replaces files of the same name: ${folder}\n`]);
  equal(readdirSync(folder), ["mine.txt"], "files");
  equal(plan("render", "helm", "--profile", "isobar-dev", "--out", folder, "--force").status, 0, "--force");
  equal(readFileSync(join(folder, "mine.txt"), "utf8"), "mine", "a file of the user's");
  holds(existsSync(join(folder, "isobar", "Chart.yaml")), "no Chart.yaml");
});

await check("wrong words get an answer that helps", () => {
  equal(plan("render", "ansible", "--profile", "isobar-dev").error, "isobar plan render: what to render must be helm, opentofu or kustomize: ansible\n");
  equal(plan("render", "helm").error, "isobar plan render: render helm takes one --profile; plan profiles lists them\n");
  equal(plan("render", "helm", "--profile", "prod").error, "isobar plan render: no such profile, there are stack-prod, stack-dev, isobar-prod, isobar-dev: prod\n");
  equal(plan("render", "kustomize", "--profile", "stack-dev").error, "isobar plan render: the profile has no Isobar; its charts have values: plan render helm --profile stack-dev\n");
  equal(plan("render", "helm", "--profile", "isobar-dev", "--force").error, "isobar plan render: --force goes with --out\n");
  equal(plan("render").status, 2, "no kind");
});

await check("notes fit into 80 columns", () => {
  for (const [kind, profile] of goldens) for (const line of render(kind, ...flagsOf(profile)).notes.split("\n")) holds(line.length <= 80, `too wide: ${line}`);
});

// The shipped ledger with one row more or other.
const override = (text) => writeTemporary("override.yaml", text);

await check("what is not built is said, and what is called built is not guessed", () => {
  const { notes } = render("helm", "--profile", "isobar-prod");
  holds(notes.replace(/\s+/g, " ").includes("A2: 3 replicas are planned; replicas are not built (capability replicas), so one is deployed"), "replicas");
  const built = override("capabilities:\n  - {id: object_store, title: t, built: true, evidence: e}\n");
  const refused = plan("render", "helm", "--profile", "isobar-prod", "--override", built);
  equal([refused.status, refused.error], [1, "isobar plan render: the ledger says that this is built, but isobar serve of this version has no flag for it; set built: false: object_store\n"]);
});

await check("measured footprints become requests", () => {
  const measured = override("measurements:\n  - {id: isobar_memory_mib, title: t, unit: MiB, value: 400, command: c, source: s, date: 2026-11-24}\n  - {id: isobar_cpu_m, title: t, unit: m, value: 120, command: c, source: s, date: 2026-11-24}\n");
  const { out } = plan("render", "helm", "--profile", "isobar-dev", "--override", measured);
  holds(out.includes("  requestMiB: 400  # measured.isobar_memory_mib\n"), "memory");
  holds(out.includes("  requestMillicores: 120  # measured.isobar_cpu_m\n"), "processor");
  const unknown = override("measurements:\n  - {id: isobar_memory_mib, title: t, unit: MiB, command: c}\n  - {id: isobar_cpu_m, title: t, unit: m, command: c}\n  - {id: isobar_s3_gb, title: t, unit: GB, command: c}\n");
  const without = plan("render", "helm", "--profile", "isobar-dev", "--override", unknown).out;
  holds(without.includes("  requestMiB: 1536  # not measured: the limit is reserved\n"), "memory not measured");
  holds(without.includes("  requestMillicores: 250  # not measured: an eighth of the 2 cores of t3a.medium (C1)\n"), "processor not measured");
  holds(without.includes("  sizeGiB: 20  # not measured: it can grow while it is in use\n"), "volume not measured");
});

const decision = (id, title, set, others = set) =>
  `decisions:\n  - id: ${id}\n    title: ${title}\n    values:\n` + profiles.map((one) => `      ${one}: {text: "as \\"set\\" \${x} {{ y }}", set: ${one === "stack-dev" ? set : others}}\n`).join("");

await check("contradictory decisions are refused with the decision", () => {
  const refuse = (text) => plan("render", "opentofu", "--profile", "stack-dev", "--override", override(text)).error;
  equal(refuse(decision("N3", "NAT", "{nat.gateways: 5}")), "isobar plan render: decision N3: 5 NAT gateways in 2 public subnets; write 1 to 2\n");
  equal(refuse(decision("C6", "Zones", "{node.zones: 3}")), "isobar plan render: decision C6: nodes in 3 zones with 2 private subnets; write 1 to 2\n");
  equal(refuse(decision("N6", "Pods", "{pods.own_subnets: true}")), "isobar plan render: decision N6: pod subnets need the second range of N1; set vpc.dual_cidr: true\n");
  equal(refuse(decision("S5", "Tags", "{tags.required: 9}")), "isobar plan render: decision S5: at most 6 required tags can be rendered, not 9\n");
});

await check("Mimir without Kafka gets every switch, not one", () => {
  const text = decision("M2", "Mimir", "{mimir.deployed: true}");
  const { out } = plan("render", "helm", "--profile", "stack-dev", "--override", override(text));
  const values = out.slice(out.indexOf("==> values/mimir-distributed.yaml"), out.indexOf("==> values/", out.indexOf("==> values/mimir-distributed.yaml") + 4) >>> 0);
  for (const line of ["push_grpc_method_enabled: true", "replication_factor: 1", "remote_timeout: null", "address: null"]) holds(values.includes(line), `no ${line}`);
  holds(/kafka:\n {2}enabled: false/.test(values), "the broker stays");
});

// -------------------------------------------------------------------------------------------------- the real tools and schemas

if (missing !== null) {
  console.log(`skipped: the real helm and kubectl, schemas: ${missing}`);
  await finish();
}
const { parseAllDocuments } = await import("./node_modules/yaml/dist/index.js");
const kubernetes = await import("./render/kubernetes_schema.mjs");
const opentofu = await import("./render/opentofu_schema.mjs");
const documentsOf = (text) => parseAllDocuments(text).map((one) => one.toJS()).filter((one) => one !== null);

const template = (profile, ...words) => {
  const done = helm("template", "isobar", join(render("helm", "--profile", profile).folder, "isobar"), "--namespace", "isobar", "--kube-version", "1.35.0", ...words);
  equal(done.status, 0, done.error);
  return done.out;
};

// A schema check that never says no would be worth nothing.
await check("the checks find what is wrong", async () => {
  const good = documentsOf(template("isobar-dev")).find((one) => one.kind === "StatefulSet");
  const spoiled = (change) => {
    const copy = structuredClone(good);
    change(copy);
    return kubernetes.problemsOf(copy);
  };
  equal(await kubernetes.problemsOf(good), []);
  equal((await spoiled((one) => (one.spec.replicas = "one"))).length, 1, "a wrong type");
  equal(await spoiled((one) => (one.spec.template.spec.containers[0].resource = {})), ["StatefulSet.spec.template.spec.containers[0].resource: no such field"]);
  equal(await spoiled((one) => (one.spec.volumeClaimTemplates[0].spec.acessModes = [])), ["StatefulSet.spec.volumeClaimTemplates[0].spec.acessModes: no such field"]);
  const { files } = render("opentofu", "--profile", "isobar-dev");
  const broken = async (from, to) => (await opentofu.problemsOf(files.map((file) => ({ ...file, text: file.text.replace(from, to) })))).problems;
  equal(await broken("availability_zone = local.private", "zone = local.private"), ["aws_subnet.private.zone: no such argument"]);
  equal(await broken("subnet_ids      = [for", "subnets = [for"), ["aws_eks_node_group.this.subnets: no such argument", "aws_eks_node_group.this.subnet_ids: missing"]);
  equal(await broken("var.nat_gateway_count].id", "var.nat_gateways].id"), ["var.nat_gateways: not declared"]);
  equal(await broken("instance_type = ", "instance_typ = "), ["instance_typ: no such variable", "instance_type: a variable without a value"]);
});

for (const profile of isobars) {
  await check(`helm lint and template: ${profile}`, async () => {
    const chart = join(render("helm", "--profile", profile).folder, "isobar");
    const linted = helm("lint", "--strict", chart);
    equal(linted.status, 0, linted.out + linted.error);
    const documents = documentsOf(template(profile));
    equal(documents.map((one) => one.kind).sort(), ["ConfigMap", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy", "Pod", "Service", "Service", "ServiceAccount", "StatefulSet", "StorageClass"]);
    for (const one of documents) equal(await kubernetes.problemsOf(one), [], `${one.kind} ${one.metadata.name}`);
    for (const one of documents) for (const pod of [one.spec?.template?.spec ?? one.spec].filter((spec) => spec?.containers)) restricted(pod);
  });
}

// The standard "restricted" of Pod Security, and requests on every container.
function restricted(pod) {
  equal([pod.securityContext.runAsNonRoot, pod.securityContext.seccompProfile.type, pod.automountServiceAccountToken], [true, "RuntimeDefault", false], "pod");
  for (const one of pod.containers) {
    equal([one.securityContext.allowPrivilegeEscalation, one.securityContext.readOnlyRootFilesystem, one.securityContext.capabilities.drop], [false, true, ["ALL"]], one.name);
    holds(one.resources.requests.cpu && one.resources.requests.memory && one.resources.limits.memory, `${one.name} reserves nothing`);
  }
}

await check("the chart refuses values that it does not know", () => {
  const chart = join(render("helm", "--profile", "isobar-prod").folder, "isobar");
  const refused = (...sets) => {
    const done = helm("template", "isobar", chart, ...sets.flatMap((one) => ["--set", one]));
    equal(done.status, 1, `${sets} was taken`);
    return done.error;
  };
  holds(refused("replicaCount=3").includes("maximum"), "three replicas");
  holds(refused("replicas=1").includes("additional properties 'replicas'"), "an unknown key");
  holds(refused("memory.limitMB=512").includes("limitMB"), "an unknown key inside");
  holds(refused("profile=staging").includes("profile"), "an unknown profile");
  holds(refused("storageClass.kmsKeyId=mine").includes("kmsKeyId"), "no ARN");
  holds(refused("storageClass.create=false").includes("persistence.storageClassName: name a class"), "no class");
});

await check("values are obeyed", () => {
  const documents = documentsOf(
    template("isobar-prod", "--set", "memory.limitMiB=2048,memory.queryMiB=100,storageClass.kmsKeyId=arn:aws:kms:us-east-1:111122223333:key/k,networkPolicy.clientNamespaces={shop},networkPolicy.scrapePorts={8080}"),
  );
  const find = (kind, name = "isobar") => documents.find((one) => one.kind === kind && one.metadata.name === name);
  const { args } = find("StatefulSet").spec.template.spec.containers[0];
  for (const one of ["--memory.head=768MiB", "--memory.queries=512MiB", "--memory.query=100MiB", "--memory.bodies=128MiB", "--storage.flush-bytes=96MiB"]) holds(args.includes(one), `${one} in ${args}`);
  equal(find("StorageClass", "isobar-gp3").parameters.kmsKeyId, "arn:aws:kms:us-east-1:111122223333:key/k");
  equal(find("NetworkPolicy").spec.ingress[0].from[1].namespaceSelector.matchLabels["kubernetes.io/metadata.name"], "shop");
  equal(find("NetworkPolicy").spec.egress.at(-1).ports, [{ protocol: "TCP", port: 8080 }]);
  equal(documents.some((one) => one.kind === "PodDisruptionBudget"), false, "a budget for one replica blocks every drain");
  const two = documentsOf(template("isobar-prod", "--skip-schema-validation", "--set", "replicaCount=2"));
  equal(two.find((one) => one.kind === "PodDisruptionBudget").spec.unhealthyPodEvictionPolicy, "AlwaysAllow");
  equal(two.find((one) => one.kind === "StatefulSet").spec.template.spec.topologySpreadConstraints[0].whenUnsatisfiable, "DoNotSchedule");
});

const overlays = render("kustomize").folder;
const built = new Map();
for (const [overlay, profile] of [["prod", "isobar-prod"], ["dev", "isobar-dev"]]) {
  await check(`kubectl kustomize: ${overlay}`, async () => {
    const done = kustomize(join(overlays, "overlays", overlay));
    equal(done.status, 0, done.error);
    equal(done.error, "", "warnings");
    built.set(overlay, done.out);
    for (const one of documentsOf(done.out)) equal(await kubernetes.problemsOf(one), [], `${one.kind} ${one.metadata.name}`);
  });
  await check(`the chart and the overlay make the same: ${profile}`, () => {
    const common = (documents) =>
      Object.fromEntries(documents.filter((one) => !["Namespace", "Pod"].includes(one.kind) && !one.metadata.name.endsWith("-test")).map((one) => [`${one.kind} ${one.metadata.name.replace(/^isobar-[a-z0-9]{10}$/, "isobar")}`, bare(one)]).sort());
    equal(common(documentsOf(built.get(overlay))), common(documentsOf(template(profile))), "objects");
  });
}

// Without what only one of the two tools writes: labels of Helm, the profile's label, the hash of the configuration.
function bare(document) {
  const one = structuredClone(document);
  const metadata = one.metadata;
  delete metadata.namespace;
  metadata.name = metadata.name.replace(/^isobar-[a-z0-9]{10}$/, "isobar");
  for (const key of ["app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart", "isobar/profile"]) delete metadata.labels[key];
  const pod = one.spec?.template;
  if (pod !== undefined && one.kind === "StatefulSet") {
    delete pod.metadata.annotations;
    pod.spec.volumes[0].configMap.name = "isobar";
  }
  return sorted(one);
}
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

await check("isobar serve takes the arguments and the configuration, and answers the probes", async () => {
  const documents = documentsOf(template("isobar-prod"));
  const container = documents.find((one) => one.kind === "StatefulSet").spec.template.spec.containers[0];
  const config = writeTemporary("prometheus.yml", documents.find((one) => one.kind === "ConfigMap").data["prometheus.yml"].replace("15s", "1s"));
  const checked = spawnSync(binary, ["check", "config", config], { encoding: "utf8" });
  equal(checked.status, 0, checked.stdout + checked.stderr);
  equal(container.args[0], "serve");
  const own = container.args.filter((one) => !/^(serve|--data-dir=.*|--listen=.*|--config=.*)$/.test(one));
  equal(own.length, container.args.length - 4, "arguments of the test's own");
  // It scrapes itself at the port of the pod; here the port is another one.
  const server = await startIsobar({ args: own });
  const { port } = new URL(server.url);
  for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) equal((await fetch(server.url + container[probe].httpGet.path)).status, 200, probe);
  await server.stop();
  writeFileSync(config, readFileSync(config, "utf8").replace("127.0.0.1:9009", `127.0.0.1:${port}`));
  const again = await startIsobar({ args: [...own, `--config=${config}`, `--listen=127.0.0.1:${port}`] });
  // What helm test asks, in the words of its pod.
  const script = documents.find((one) => one.kind === "Pod").spec.containers[0].command.at(-1);
  const command = script.split("\n").find((line) => line.includes("isobar query")).trim().replace("/opt/isobar/isobar", binary).replace("http://isobar:9009", again.url).replace(" && exit 0", "").replace("tee /dev/stderr", "tee /dev/null");
  await until(() => spawnSync("/bin/sh", ["-c", command], { encoding: "utf8" }).status === 0, "helm test to pass");
  await again.stop();
});

for (const profile of profiles) {
  await check(`OpenTofu: ${profile}`, async () => {
    const { problems, given } = await opentofu.problemsOf(render("opentofu", "--profile", profile).files);
    equal(problems, []);
    const zones = given.zones.length;
    holds(zones >= 2 && given.public_subnet_count >= 2 && given.private_subnet_count >= 2, "EKS and load balancers want two zones");
    holds(given.nat_gateway_count <= given.public_subnet_count, "NAT gateways without public subnets");
    const groups = Object.values(given.node_groups);
    const sum = (key) => groups.reduce((total, group) => total + group[key], 0);
    const want = { "stack-prod": [3, 3, 3, 10], "stack-dev": [1, 0, 2, 3], "isobar-prod": [3, 3, 3, 10], "isobar-dev": [1, 0, 1, 3] }[profile];
    equal([groups.length, sum("min_size"), sum("desired_size"), sum("max_size")], want, "groups, least, desired, most");
    equal([given.disk_type, given.max_pods], ["gp3", { "stack-prod": 44, "stack-dev": 17, "isobar-prod": 12, "isobar-dev": 17 }[profile]], "disk, pods");
  });
}

await check("texts of a ledger cannot break out of the files", async () => {
  const text = decision("N3", "NAT", "{nat.gateways: 1}").replaceAll("as ", "as\\nnew_line = 1 ");
  const folder = join(temporaryFolder(), "out");
  equal(plan("render", "opentofu", "--profile", "stack-dev", "--override", override(text), "--out", folder).status, 0);
  equal((await opentofu.problemsOf(read(folder))).problems, []);
  const chart = join(temporaryFolder(), "out");
  const tags = decision("S4", "Keys", "{kms.keys: 3}");
  equal(plan("render", "helm", "--profile", "isobar-prod", "--override", override(tags), "--out", chart).status, 0);
  const done = helm("template", "isobar", join(chart, "isobar"));
  equal(done.status, 0, done.error);
});

for (const profile of stacks) {
  await check(`values of the stack are YAML, its manifests are objects: ${profile}`, async () => {
    const { files } = render("helm", "--profile", profile);
    for (const file of files.filter((one) => one.path.endsWith(".yaml"))) {
      const parsed = parseAllDocuments(file.text);
      equal(parsed.flatMap((one) => one.errors), [], file.path);
      if (file.path.startsWith("manifests/")) for (const one of parsed) equal(await kubernetes.problemsOf(one.toJS()), [], file.path);
    }
  });
}

// ------------------------------------------------------------------------------------------------------------- plan check

const checked = (...paths) => {
  const run = plan("check", ...paths, "--format", "json");
  holds(run.out.startsWith("["), `plan check ${paths}: ${run.error}`);
  return JSON.parse(run.out);
};
// A program whose check reads documents only refuses a folder of Terraform.
if (plan("check", render("opentofu", "--profile", "isobar-dev").folder, "--format", "json").out.startsWith("[")) {
  await check("plan check finds nothing in what is rendered", () => {
    const objects = Object.fromEntries(isobars.map((profile) => [profile, writeTemporary(`${profile}.yaml`, template(profile))]));
    for (const [overlay, text] of built) equal(checked(writeTemporary(`kustomize-${overlay}.yaml`, text)), [], overlay);
    for (const profile of stacks) for (const part of ["values", "manifests"]) equal(checked(join(render("helm", "--profile", profile).folder, part)), [], `${profile} ${part}`);
    for (const profile of profiles) equal(checked(render("opentofu", "--profile", profile).folder), [], `${profile}: OpenTofu`);
    for (const profile of isobars) equal(checked(render("opentofu", "--profile", profile).folder, objects[profile]), [], `${profile}: OpenTofu and objects`);
  });
} else {
  console.log("skipped: plan check of this program reads documents only");
}

await finish();
