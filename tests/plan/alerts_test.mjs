// plan alerts: the rules are read and played by Prometheus' own promtool, on series as kube-state-metrics gives them.
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const plan = (...words) => {
  const run = spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
const promtool = (...words) => {
  const run = spawnSync("promtool", words, { encoding: "utf8" });
  return { status: run.status, out: run.stdout + run.stderr };
};

const profiles = ["stack-prod", "stack-dev", "isobar-prod", "isobar-dev"];
await check("promtool reads the rules of every profile", () => {
  const folder = temporaryFolder();
  for (const profile of profiles) {
    for (const failures of ["1", "2", "3"]) {
      const file = join(folder, "rules.yaml");
      writeFileSync(file, plan("alerts", profile, "--failures", failures).out);
      const answer = promtool("check", "rules", file);
      equal(answer.status, 0, `${profile} ${failures}: ${answer.out}`);
    }
  }
});

await check("one rule for each smallest set that plan simulate finds, and a page for each", () => {
  for (const profile of profiles) {
    const sets = JSON.parse(plan("simulate", profile, "--format", "json").out).cut_sets;
    // Services share one row there.
    const expected = sets.flatMap((row) => (row.set.startsWith("any of the services ") ? row.set.slice(20).split(", ") : [row.set])).sort();
    const folder = join(temporaryFolder(), "alerts");
    equal(plan("alerts", profile, "--failures", "3", "--out", folder).status, 0, profile);
    const rules = readFileSync(join(folder, "rules.yaml"), "utf8");
    const found = [...rules.matchAll(/cut_set: "([^"]*)"/g)].map((match) => match[1]).sort();
    equal(found, expected, profile);
    const pages = new Set([...rules.matchAll(/runbook_url: "runbooks\/([^"]*)"/g)].map((match) => match[1]));
    equal(readdirSync(join(folder, "runbooks")).sort(), [...pages].sort(), profile);
  }
});

// Where the profile has Kafka's volume, and the names that the series below use.
const kafkaZone = JSON.parse(plan("simulate", "stack-prod", "--format", "json").out).cut_sets.find((row) => /^zone .$/.test(row.set)).set.slice(-1);
const zones = ["a", "b", "c"];
const claims = { "mimir-kafka-0": kafkaZone };

function healthy({ cordonedAt = {}, readyUntil = {} } = {}) {
  const series = [];
  const add = (name, values) => series.push({ series: name, values });
  for (const zone of zones) {
    add(`kube_node_labels{node="n-${zone}",label_topology_kubernetes_io_zone="us-east-1${zone}"}`, "1x60");
    add(`kube_node_status_condition{node="n-${zone}",condition="Ready",status="true"}`, "1x60");
    add(`kube_node_status_condition{node="n-${zone}",condition="MemoryPressure",status="true"}`, "0x60");
    const at = cordonedAt[zone];
    add(`kube_node_spec_unschedulable{node="n-${zone}"}`, at === undefined ? "0x60" : `0x${at} 1x${60 - at}`);
  }
  for (const [pod, zone] of Object.entries(claims)) {
    add(`kube_pod_spec_volumes_persistentvolumeclaims_info{namespace="m",pod="${pod}",persistentvolumeclaim="data-${pod}",volume="data"}`, "1x60");
    add(`kube_pod_info{namespace="m",pod="${pod}",node="n-${zone}"}`, "1x60");
    add(`kubelet_volume_stats_available_bytes{namespace="m",persistentvolumeclaim="data-${pod}"}`, "3e9x60");
    add(`kubelet_volume_stats_capacity_bytes{namespace="m",persistentvolumeclaim="data-${pod}"}`, "5e9x60");
  }
  const pods = ["mimir-kafka-0", "prometheus-0", "mimir-distributor-6f7c9d8b5-x2x4z", "mimir-distributor-6f7c9d8b5-k9w2p", "mimir-gateway-5d4f8-abcde", "mimir-gateway-5d4f8-fghij"];
  for (const pod of pods) {
    const until = readyUntil[pod];
    add(`kube_pod_status_ready{namespace="m",pod="${pod}",condition="true"}`, until === undefined ? "1x60" : `1x${until} 0x${60 - until}`);
  }
  return series;
}

// promtool's test file: JSON is YAML.
function play(series, alerts) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "rules.yaml"), plan("alerts", "stack-prod", "--failures", "1").out);
  const file = join(folder, "test.yaml");
  writeFileSync(file, JSON.stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m",
    tests: [{ interval: "1m", input_series: series, promql_expr_test: alerts.map(([set, minute, firing]) => ({
      expr: `count(ALERTS{alertname="WritesAtRisk",cut_set="${set}",alertstate="firing"}) or vector(0)`, eval_time: `${minute}m`,
      exp_samples: [{ labels: "{}", value: firing }] })) }] }));
  const answer = promtool("test", "rules", file);
  equal(answer.status, 0, answer.out);
}

await check("healthy: nothing fires", () => {
  play(healthy(), [["data-mimir-kafka-0", 30, 0], [`zone ${kafkaZone}`, 30, 0], ["distributor", 30, 0], ["kafka", 30, 0], ["prometheus", 30, 0]]);
});

await check("the only node of the volume's zone is cordoned: it fires while Kafka still runs", () => {
  play(healthy({ cordonedAt: { [kafkaZone]: 20 } }), [["data-mimir-kafka-0", 20, 0], ["data-mimir-kafka-0", 25, 1], [`zone ${kafkaZone}`, 25, 1], ["kafka", 25, 0]]);
});

await check("a node elsewhere is cordoned: nothing fires", () => {
  const other = zones.find((zone) => zone !== kafkaZone);
  play(healthy({ cordonedAt: { [other]: 20 } }), [["data-mimir-kafka-0", 25, 0], [`zone ${kafkaZone}`, 25, 0]]);
});

await check("one of two distributors is gone: it fires before the second goes", () => {
  play(healthy({ readyUntil: { "mimir-distributor-6f7c9d8b5-k9w2p": 20 } }), [["distributor", 20, 0], ["distributor", 25, 1], ["mimir-gateway", 25, 0]]);
});

await check("a folder that is not empty is kept; bad numbers say what to write", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine.txt"), "mine");
  const answer = plan("alerts", "stack-prod", "--out", folder);
  equal([answer.status, readdirSync(folder)], [1, ["mine.txt"]]);
  holds(answer.error.includes("--force"), answer.error);
  equal(plan("alerts", "stack-prod", "--out", folder, "--force").status, 0);
  equal(readFileSync(join(folder, "mine.txt"), "utf8"), "mine");
  holds(plan("alerts", "stack-prod", "--failures", "4").error.includes("--failures must be 1 to 3: 4"), "4");
});

finish();
