// plan simulate on the shipped ledger and on small ledgers whose outcome can be worked out on paper.
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const plan = (...words) => {
  const run = spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
const matrix = (...words) => {
  const report = JSON.parse(plan("simulate", "--format", "json", ...words).out);
  return Object.fromEntries(report.failures.map((row) => [row.failure, row]));
};
const detail = (profile, ...words) => JSON.parse(plan("simulate", profile, "--format", "json", ...words).out);

await check("the seed's failure: two nodes come back on a schedule, and one zone of three strands Kafka", () => {
  const answer = detail("stack-prod", "--with", "stack-prod:A3=stack-dev");
  const two = answer.return.find((row) => row.nodes === 2);
  equal([two.write, two.read], ["2/3", "2/3"], "two nodes back");
  holds(two.stranded.includes("mimir-kafka-0: start a node in zone"), two.stranded);
  const one = answer.return.find((row) => row.nodes === 1);
  equal([one.write, one.read], ["0", "0"], "one node back: the memory does not fit");
  const cascade = plan("simulate", "stack-prod", "--with", "stack-prod:A3=stack-dev", "--failure", "night-one-less").out;
  for (const line of ["volume node affinity", "pod/mimir-distributor-0", "CrashLoopBackOff", "mimir-kafka-0                Pending, 0 restarts"]) {
    holds(cascade.includes(line), `no "${line}" in\n${cascade}`);
  }
});

await check("with an autoscaler the third node comes for the memory, and Kafka with it", () => {
  const answer = detail("stack-prod");
  equal(answer.return.map((row) => [row.nodes, row.write, row.read]), [[3, "1", "1"], [2, "1", "1"], [1, "1", "1"]]);
});

await check("development in one zone: the zone ends it, the chart's Prometheus loses what it keeps", () => {
  const all = matrix();
  equal(all["one-zone"]["stack-dev"], "needs a human");
  equal(all["night-all"]["stack-dev"], "loses 3d"); // M9: three days on an emptyDir
  equal(all["restart"]["stack-dev"], "recovers, 10s"); // a container restart keeps the pod's disk; readiness after 10 s
  equal(all["one-volume"]["stack-dev"], "loses 1y"); // no backup of the dashboards: assume.dashboard_age_days
});

await check("a backup a day bounds what a lost volume costs", () => {
  const row = detail("stack-prod").failures.find((one) => one.failure === "one-volume");
  equal([row.verdict, row.rpo_s], ["needs a human", 86400]);
  const without = detail("stack-prod", "--with", "stack-prod:B5=stack-dev").failures.find((one) => one.failure === "one-volume");
  equal(without.rpo_s, 365 * 86400);
});

await check("what is not built does not count, and --built shows what it will give", () => {
  const now = matrix("isobar-prod", "isobar-dev");
  equal(now["night-all"]["isobar-prod"], "loses 15d");
  const then = matrix("isobar-prod", "isobar-dev", "--built", "object_store", "--built", "replicas");
  equal([then["not survived"]["isobar-prod"], then["one-zone"]["isobar-prod"], then["one-node"]["isobar-prod"]], [0, "unharmed", "unharmed"]);
  equal(plan("simulate", "--built", "object_stor").error.includes("did you mean object_store"), true);
});

await check("the cheapest change keeps components, controls and what was survived", () => {
  const changes = detail("stack-prod", "--with", "stack-prod:A3=stack-dev").changes;
  const change = (failure) => changes.filter((row) => row.failure === failure).map((row) => [row.usd_micro, row.change])[0];
  equal(change("night-one-less"), [-20_000_000, "C6 Zones of the nodes: 1"]); // 1,000 GB between zones at $0.02
  equal(change("night-short"), [-400_000, "M3 Mimir mode: no Kafka"]); // the 5 GB volume of Kafka
  equal(change("one-zone"), [null, null]);
});

await check("compare names the failures that a decision alone no longer survives", () => {
  const report = JSON.parse(plan("compare", "stack-prod", "stack-dev", "--format", "json").out);
  const row = (id) => report.decisions.find((one) => one.id === id);
  equal(row("A3").no_longer_survived, ["night-one-less"]);
  equal(row("N3").no_longer_survived, []);
  const total = report.decisions.at(-1);
  equal(total.no_longer_survived, ["one-node", "upgrade", "night-all", "night-one-less"].filter((id) => {
    const failure = report.failures.find((one) => one.failure === id);
    return /^(loses|needs)/.test(failure.b) && !/^(loses|needs)/.test(failure.a);
  }));
});

await check("diff --fail-on failure", () => {
  const folder = temporaryFolder();
  cpSync("decisions", folder, { recursive: true });
  const path = join(folder, "decisions.yaml");
  const text = readFileSync(path, "utf8");
  const from = "stack-prod: {text: one group over all zones, set: {scaler: multi_az}}";
  holds(text.includes(from), "A3");
  writeFileSync(path, text.replace(from, "stack-prod: {text: a schedule, set: {scaler: schedule}}"));
  const answer = plan("diff", "decisions", folder, "--fail-on", "failure");
  equal([answer.status, answer.error], [1, "isobar plan diff: a profile no longer survives a failure (--fail-on failure)\n"]);
  equal(plan("diff", folder, "decisions", "--fail-on", "failure").status, 0);
});

await check("the same bytes twice, 80 columns, and errors that say what to write", () => {
  for (const words of [["simulate"], ["simulate", "stack-prod"], ["simulate", "stack-prod", "--failure", "one-zone"], ["compare"]]) {
    const first = plan(...words);
    equal(first.status, 0, words.join(" "));
    equal(first.out, plan(...words).out, words.join(" "));
    const wide = first.out.split("\n").find((line) => [...line].length > 80);
    equal(wide, undefined, `longer than 80 columns in ${words.join(" ")}`);
  }
  equal(plan("simulate", "stack-prd").error, "isobar plan simulate: no such profile, there are stack-prod, stack-dev, isobar-prod, isobar-dev: stack-prd\n");
  holds(plan("simulate", "stack-prod", "--failure", "zone").error.includes("no such failure"), "failure");
  holds(plan("simulate", "--with", "A3=stack-dev").error.includes("PROFILE:DECISION=VALUE, for example stack-prod:A3=stack-dev"), "with");
});

await check("problems of the rows of behaviour name file and line", () => {
  const folder = temporaryFolder();
  cpSync("decisions", folder, { recursive: true });
  const path = join(folder, "failures.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("pods: [mimir.kafka]", "pods: [mimir.kafak]").replace("kind: lose_zone", "kind: lose_zones").replace("keeps: volume", "keeps: disk"));
  const answer = plan("simulate", "--ledger", folder);
  equal(answer.status, 1);
  for (const words of ["kind must be one of lose_zone", "keeps must be one of process, pod, volume: disk"]) holds(answer.error.includes(words), answer.error);
  writeFileSync(path, text.replace("pods: [mimir.kafka]", "pods: [mimir.kafak]"));
  const second = plan("simulate", "--ledger", folder).error;
  holds(/failures\.yaml:\d+: no such pod row, did you mean mimir\.kafka: mimir\.kafak/.test(second), second);
});

await check("every report says how far it was held against reality", () => {
  const row = (id) => readFileSync("decisions/measured.yaml", "utf8").match(new RegExp(`id: ${id},.*value: ([0-9.]+),.*date: ([0-9-]+)`));
  const [order, error] = [row("simulation_order_matches"), row("simulation_time_error_percent")];
  const sentence = `${Number(order[1])} % of the events of played failures came in the predicted order, and no time was wrong by more than ${Number(error[1])} % after the first minute (./dev bench reality, ${error[2]}).`;
  for (const words of [["simulate"], ["simulate", "stack-dev"]]) {
    holds(plan(...words).out.replace(/\s+/g, " ").includes(sentence), `${words.join(" ")} does not say: ${sentence}`);
  }
});

await check("a ledger that says nothing of failures, and one with a negative count", () => {
  const file = join(temporaryFolder(), "own.yaml");
  const own = (nodes) => `profiles: [{id: a}]\ndecisions:\n  - id: X\n    title: t\n    values: {a: {text: t, set: {nodes.count: ${nodes}}}}\n`;
  writeFileSync(file, own(1));
  equal(plan("simulate", "--ledger", file).error, "isobar plan simulate: the ledger has no section failures, so nothing can be simulated: docs/formats/ledger.md says what it needs\n");
  equal(plan("compare", "--ledger", file).out.split("\n").slice(0, 3), ["a beside a", "", "$0.00 a month become $0.00. 0 pods become 0, and 0 MiB of memory requests become"]);
  writeFileSync(file, own(-1));
  equal(plan("compare", "--ledger", file).error, `${file}:5: nodes.count must not be negative: -1\nisobar plan compare: the ledger has 1 problem\n`);
});

finish();
