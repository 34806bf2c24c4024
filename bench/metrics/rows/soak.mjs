// 30 minutes at 200,000 samples a second (a million series, 5 s apart) with queries, cuts every five minutes, merges: is
// memory flat, are queries fast, is every sample there at the end?
import { generate, questions, remove, start } from "../servers.mjs";
import { megabytes, thousands } from "../table.mjs";

const selectorOf = (target) => `instance="10.12.${Math.floor(target / 250)}.${target % 250}:9100"`;

// What a dashboard asks for one host, and two questions about all of them.
function dashboard(targets) {
  const list = [];
  for (let i = 0; i < 20; ++i) {
    const one = selectorOf((i * 7919) % targets);
    list.push(["instant", "/api/v1/query", { query: `sum by (mode) (rate({__name__="node_metric_${i % 16}_total",${one}}[1m]))` }]);
    list.push(["series", "/api/v1/series", { "match[]": `{${one}}` }]);
    list.push(["values", "/api/v1/label/mode/values", { "match[]": `{${one}}` }]);
  }
  list.push(["all-hosts", "/api/v1/query", { query: 'count by (mode) (node_metric_3_total{cpu="0"})' }]);
  return list;
}

// A range query has its time in its parameters; the generator of questions sends fixed ones, so it asks for a fixed span.
const span = (targets, now, seconds) => Array.from({ length: 20 }, (_, i) => ["range", "/api/v1/query_range", {
  query: `sum by (mode) (rate({__name__="node_metric_${i % 16}_total",${selectorOf((i * 104_729) % targets)}}[1m]))`,
  start: String(now), end: String(now + seconds), step: "15" }]);

// By metric and 250 hosts: no query reads more than a server allows.
async function countAll(server, targets, from, to) {
  let samples = 0;
  const window = Math.ceil(to - from) + 60;
  for (let metric = 0; metric < 16; ++metric) {
    for (let net = 0; net <= Math.floor((targets - 1) / 250); ++net) {
      const selected = `{__name__="node_metric_${metric}_total",instance=~"10\\\\.12\\\\.${net}\\\\..+"}`;
      samples += (await server.number(`sum(count_over_time(${selected}[${window}s]))`, to + 30)) ?? 0;
    }
  }
  return samples;
}

const highestOf = (samples) => Math.max(...samples.map(({ anonymous }) => anonymous));

export const soak = {
  name: "soak", title: "soak, p99 query ms", target: 200, targetText: "200, flat", more: false, show: (value) => value.toFixed(0),
  async measure(name, { pick }) {
    const rate = pick({ full: 200_000, quick: 200_000, tiny: 10_000 });
    const series = pick({ full: 1_000_000, quick: 200_000, tiny: 10_000 });
    const seconds = pick({ full: 1800, quick: 60, tiny: 4 });
    const step = series / rate;
    const cut = pick({ full: "5m", quick: "10s", tiny: "1s" });
    const server = await start[name](name === "isobar" ? ["--limits.max-series", "0", "--storage.flush-age", cut] : []);
    const targets = series / 1000;
    const began = Date.now() / 1000;
    const asked = questions(server, [...dashboard(targets), ...span(targets, began, Math.min(seconds, 900))], { pause: 0.1 });
    const { result: sent, samples } = await server.watch(
      () => generate("metrics_load", ["--url", server.writeUrl, "--series", series, "--rounds", seconds / step, "--step-ms", step * 1000, "--rate", rate]),
      { seconds: pick({ full: 5, quick: 0.5, tiny: 0.2 }) });
    const answers = await asked.stop();
    const cpu = server.cpuSeconds();
    const there = await countAll(server, targets, sent.start / 1000, sent.start / 1000 + seconds);
    const blocks = name === "isobar" ? `, ${await server.metric("isobar_store_flushed_blocks_total")} blocks, ${await server.metric("isobar_store_compactions_total")} merges` : "";
    await server.stop("SIGKILL").ended;
    remove(server.folder);
    const thirds = [0, 1, 2].map((i) => highestOf(samples.slice(Math.floor(i * samples.length / 3), Math.max(1, Math.floor((i + 1) * samples.length / 3)))));
    const faults = [];
    if (there !== sent.acknowledged) faults.push(`${thousands(sent.acknowledged - there)} samples lost`);
    if (thirds[2] > thirds[1] * 1.1) faults.push("memory grows");
    if (answers.all.failed > 0) faults.push(`${answers.all.failed} queries failed`);
    return { value: answers.all.p99_ms, faults, thirds, answers, details: [
      `${seconds} s, ${thousands(series)} series, ${thousands(sent.acknowledged)} samples acknowledged, ${thousands(there)} found; ${(cpu / sent.seconds).toFixed(2)} cores, ${sent.seconds.toFixed(0)} s for ${seconds} s, ${sent.retries} retries${blocks}`,
      `highest memory by thirds: ${thirds.map(megabytes).join(", ")}`,
      `${answers.all.count} queries; median (99th percentile) ms: ${summary(answers)}`,
      ...faults.map((text) => `FAULT: ${text}`)] };
  },
};

// Names come once for each URL: the worst of each name.
function summary(answers) {
  return Object.entries(answers).map(([question, { median_ms, p99_ms }]) => `${question} ${median_ms.toFixed(1)} (${p99_ms.toFixed(1)})`).join(", ");
}
