// plan check on manifests and on values of charts: each rule on an error that was planted, and on what is right.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const corpus = "tests/plan/check/clean";
const read = (name) => readFileSync(`${corpus}/${name}`, "utf8");

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
  return found.map((one) => `${one.line} ${one.rule} ${one.severity}`);
};

// [what is written instead, …] in a file of the corpus, and the findings that have to follow, by rule.
function planted(name, changes, expected) {
  let text = read(name);
  for (const [from, to] of changes) {
    holds(text.includes(from), `${name} has no ${from}`);
    text = text.replace(from, to);
  }
  equal(run({ [name]: text }).found.map((one) => one.rule), expected, JSON.stringify(changes));
}

await check("what is right", () => {
  for (const name of ["shop.yaml", "operators.yaml", "mimir-values.yaml", "loki-values.yaml", "platform-values.yaml"]) equal(rules({ [name]: read(name) }), [], name);
});

await check("a planted error gives its finding and no other", () => {
  planted("shop.yaml", [["claimName: media}}", "claimName: uploads}}"]], ["shared_volume"]);
  planted("shop.yaml", [["[ReadWriteMany], storageClassName: efs-sc", "[ReadWriteOnce], storageClassName: gp3"]], ["shared_volume"]);
  planted("shop.yaml", [["minAvailable: 2", "minAvailable: 9"]], ["drain_blocked"]);
  planted("shop.yaml", [["minAvailable: 2", "minAvailable: 100%"]], ["drain_blocked"]);
  planted("shop.yaml", [["maxUnavailable: 1", "maxUnavailable: 0"]], ["drain_blocked"]);
  planted("shop.yaml", [["minAvailable: 2", "minAvailable: 3"]], ["drain_blocked"]);
  planted("shop.yaml", [["resources: {requests: {memory: 128Mi}}", "resources: {requests: {cpu: 1}}"]], ["memory_request"]);
  planted("shop.yaml", [["valueFrom: {secretKeyRef: {name: database, key: password}}", "value: hunter22"]], ["plain_secret"]);
  planted("shop.yaml", [["selector: {app.kubernetes.io/name: api}\n  ports", "selector: {app.kubernetes.io/name: web}\n  ports"]], ["service_selector"]);
  planted("shop.yaml", [["targetPort: http}", "targetPort: web}"]], ["service_port"]);
  planted("shop.yaml", [["targetPort: 9090}", "targetPort: 9091}"]], ["service_port"]);
  planted("operators.yaml", [["ports: [{port: 5432}]", "ports: [{port: 5433}]"], ["selector: {app: pg, role: master}", "selector: {app: pg}"]], ["service_port"]);
  planted("operators.yaml", [["selector: {app: pg, role: master}", "selector: {app: postgres, role: master}"]], ["service_selector"]);
  planted("shop.yaml", [["path: /live, port: http}", "path: /live, port: htpp}"]], ["probe_port"]);
  planted("shop.yaml", [["minReplicas: 3", "minReplicas: 12"]], ["autoscaler_range"]);
  planted("shop.yaml", [["requests: {cpu: 200m, memory: 256Mi}", "requests: {memory: 256Mi}"]], ["autoscaler_request"]);
  planted("shop.yaml", [['[sleep, "15"]', '[sleep, "45"]']], ["stop_sleep"]);
  planted("shop.yaml", [["labels: {app: database}}\n    spec:", "labels: {app: database}}\n    spec:\n      nodeSelector: {node.kubernetes.io/instance-type: t3a.medium}"], ["memory: 2Gi", "memory: 4Gi"]], ["node_too_small"]);
  planted("shop.yaml", [["name: api\n  namespace: shop\nspec:\n  replicas: 3", "name: api\n  namespace: shop\n  annotations: {tier: high availability}\nspec:\n  replicas: 3"]], ["spread_called_ha"]);
  planted("mimir-values.yaml", [["push_grpc_method_enabled: true", "{}"].map((s) => s.replace("{}", "instance_limits: {}"))], ["ingest_storage"]);
  planted("mimir-values.yaml", [["kafka:\n  enabled: false", "kafka:\n  enabled: true"]], ["ingest_storage"]);
  planted("mimir-values.yaml", [["    ingest_storage:\n      enabled: false\n", ""]], ["known_bad"]);
  planted("mimir-values.yaml", [["replication_factor: 1", "replication_factor: 3"]], ["replication"]);
  planted("loki-values.yaml", [["deploymentMode: SingleBinary", "deploymentMode: SimpleScalable"]], ["loki_storage"]);
  planted("loki-values.yaml", [["retention_enabled: true", "retention_enabled: false"]], ["loki_retention"]);
  planted("loki-values.yaml", [["replication_factor: 1", "replication_factor: 3"]], ["replication"]);
  planted("loki-values.yaml", [["test: {enabled: false}", "test: {enabled: true}"]], ["known_bad"]);
  planted("platform-values.yaml", [["persistence:\n      enabled: false", "persistence:\n      enabled: true"]], ["shared_volume"]);
  planted("platform-values.yaml", [["retentionSize: 40GB", "retentionSize: 50GiB"].map((s) => s.replace("GiB", "GB"))], ["retention_size"]);
  planted("platform-values.yaml", [["admin: {existingSecret: grafana-admin, passwordKey: password}", "adminPassword: swordfish"]], ["plain_secret"]);
  planted("platform-values.yaml", [["deployNodeAgent: true", "deployNodeAgent: false"]], ["known_bad"]);
});

await check("a finding says place, statement and reason, and no secret", () => {
  const text = read("shop.yaml").replace("valueFrom: {secretKeyRef: {name: database, key: password}}", "value: hunter22");
  const [one] = run({ "shop.yaml": text }).found;
  equal([one.line, one.stated], [56, "Deployment api: DATABASE_PASSWORD: 8 characters in plain text"]);
  holds(one.place.endsWith("shop.yaml:56"), one.place);
  holds(!JSON.stringify(one).includes("hunter22"), "the secret is printed");
});

await check("objects of one cluster in several files, and two environments", () => {
  const documents = read("shop.yaml").split("---\n").filter((text) => text.includes("kind:"));
  const files = Object.fromEntries(documents.map((text, i) => [`part${i}.yaml`, text]));
  equal(rules(files), []);
  const broken = { ...files };
  const name = Object.keys(files).find((one) => files[one].includes("name: media, namespace: shop}\nspec: {accessModes"));
  broken[name] = files[name].replace("ReadWriteMany", "ReadWriteOnce").replace("efs-sc", "gp3");
  equal(run(broken).found.map((one) => one.rule), ["shared_volume"]);
  // In production two replicas share storage that any node mounts; in development there is one.
  const dev = read("shop.yaml").replace("name: media, namespace: shop}\nspec:\n  replicas: 2", "name: media, namespace: shop}\nspec:\n  replicas: 1").replace("[ReadWriteMany], storageClassName: efs-sc", "[ReadWriteOnce], storageClassName: gp3");
  equal(rules({ "dev/all.yaml": dev, "prod/all.yaml": read("shop.yaml") }), []);
});

await check("lists, JSON, patches and templates", () => {
  const text = read("shop.yaml").split("---\n").filter((one) => one.includes("maxUnavailable: 1"))[0];
  const object = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "d", namespace: "shop" }, spec: { maxUnavailable: 0, selector: { matchLabels: { app: "database" } } } };
  holds(text.length > 0, "the corpus has a budget");
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [object] }, null, 1);
  const found = run({ "shop.yaml": read("shop.yaml"), "list.json": list }).found;
  equal(found.map((one) => `${one.rule} ${one.place.split("/").pop()}`), ["drain_blocked list.json:13"]);
  const patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers:\n        - name: api\n          env: []\n";
  equal(rules({ "patch.yaml": patch }), []);
  const template = run({ "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n  {{- with .Values.x }}\n" });
  equal([template.status, template.found], [1, []]);
  holds(template.errors.includes("give what helm template prints"), template.errors);
});

await check("what a kustomization patches is left out, and said", () => {
  const broken = read("shop.yaml").replace("maxUnavailable: 1", "maxUnavailable: 0");
  const { found, status, errors } = run({ "base/kustomization.yaml": "resources: [shop.yaml]\n", "base/shop.yaml": broken });
  equal([found, status], [[], 1]);
  holds(errors.includes("shop.yaml: not checked: part of a kustomization: give what kubectl kustomize prints"), errors);
  equal(run({ "base/kustomization.yaml": "resources: [shop.yaml]\n", "other/shop.yaml": broken }).found.map((one) => one.rule), ["drain_blocked"]);
});

await check("files of other kinds", () => {
  for (const [name, text] of [["compose.yaml", "services: {web: {image: nginx}}\n"], ["package.json", '{"name": "x"}\n'], ["broken.json", '{"a": '], ["binary", "\0\0"], ["empty.yaml", ""], ["list.yaml", "- 1\n- 2\n"]]) {
    const { found, status, errors } = run({ [name]: text });
    equal([status, found], [1, []], name);
    holds(errors.includes(`${name}: not checked: `), `${name}: ${errors}`);
  }
  const folder = temporaryFolder();
  mkdirSync(join(folder, ".git"));
  writeFileSync(join(folder, ".git", "shop.yaml"), read("shop.yaml").replace("maxUnavailable: 1", "maxUnavailable: 0"));
  writeFileSync(join(folder, "compose.yaml"), "services: {web: {image: nginx}}\n");
  writeFileSync(join(folder, "shop.yaml"), read("shop.yaml"));
  const walked = spawnSync(binary, ["plan", "check", folder], { encoding: "utf8" });
  equal([walked.status, walked.stdout], [0, ""]);
  holds(walked.stderr.includes("compose.yaml: not checked: YAML of another kind"), walked.stderr);
  writeFileSync(join(folder, "broken.yaml"), read("shop.yaml").replace("maxUnavailable: 1", "maxUnavailable: 0"));
  const twice = spawnSync(binary, ["plan", "check", folder, join(folder, "broken.yaml"), "--format", "json"], { encoding: "utf8" });
  equal(JSON.parse(twice.stdout).map((one) => one.rule), ["drain_blocked"], "a file that is named twice");
  equal(spawnSync(binary, ["plan", "check", join(folder, "absent")], { encoding: "utf8" }).status, 1);
});

await finish();
