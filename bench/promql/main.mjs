// ./dev bench promql: loads the same samples into Isobar and Prometheus, asks both the same questions in turns, prints the
// table, and holds the answers against each other.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { cleanUp, generate, prometheusVersion, questions, start, wait } from "../metrics/servers.mjs";
import { median, megabytes, thousands } from "../metrics/table.mjs";
import { difference } from "./answers.mjs";
import { measureBudget } from "./budget.mjs";
import { dashboardQueries } from "./dashboard.mjs";

const usage = `usage: ./dev bench promql [--quick] [--json FILE]

Wall time and CPU-seconds of queries, Isobar beside a real Prometheus with the
same samples: a counter of 5,000 series, 24 h at 15 s; two hosts' node_exporter
and 1,000 histograms of 12 buckets, an hour. Both servers run at once and are asked in turns;
blocks and head are warm. PROMETHEUS_BIN names another than Debian's.

  --quick        an eighth of the time, fewer turns
  --tiny         seconds: whether it still works
  --keep         leave the servers running until Ctrl-C, and print their addresses
  --json FILE    the figures
`;

const capture = "build/bench-capture";
const { values: options } = parseArgs({ options: { quick: { type: "boolean", default: false }, tiny: { type: "boolean", default: false },
  keep: { type: "boolean", default: false }, json: { type: "string" }, help: { type: "boolean", short: "h", default: false } } });
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (cleanUp(), process.exit(130)));
const size = options.tiny ? "tiny" : options.quick ? "quick" : "full";
const pick = (sizes) => sizes[size];

const hours = pick({ full: 24, quick: 3, tiny: 1 / 4 });
const counters = pick({ full: 5000, quick: 5000, tiny: 250 });
const hosts = pick({ full: 2, quick: 2, tiny: 1 });
const histograms = pick({ full: 1000, quick: 1000, tiny: 20 });
const turns = pick({ full: 5, quick: 5, tiny: 1 });
const end = Math.floor(Date.now() / 60_000) * 60_000 - 14 * 60_000, hostsEnd = end + 6 * 60_000, bucketsEnd = end + 12 * 60_000;

// Prometheus takes nothing that is an hour behind what it has, so what is shorter comes later and ends later.
async function load(server) {
  const steps = Math.round(hours * 240);
  const metrics = (shape, series, count, until, words = []) => generate("metrics_load", ["--url", server.writeUrl, "--shape", shape, "--series", series,
    "--rounds", count, "--start", until - count * 15_000, ...words]);
  const requests = await metrics("requests", counters, steps, end);
  const node = await generate("host_load", [server.writeUrl, capture, hosts, Math.min(steps, 260), hostsEnd - Math.min(steps, 260) * 15_000]);
  const buckets = await metrics("histogram", histograms * 12, Math.min(steps, 260), bucketsEnd, ["--per-request", 12_000]);
  return { series: counters + node.series + histograms * 12, samples: requests.acknowledged + node.acknowledged + buckets.acknowledged };
}

// A question is one request or several, asked one after the other. Seven seconds after samples: before Prometheus 3 a range
// included its left edge, so a sample there would be in one answer only.
const range = (query, until, seconds, step) => ({ query, start: String(until / 1000 - 8 - seconds), end: String(until / 1000 - 8), step: String(step) });
const whole = hours * 3600 - 600, hour = Math.min(3600, hours * 3600 - 300);
const rows = [
  { name: "sum by (rate), 24 h", target: 8, requests: [range("sum by (handler, code) (rate(http_requests_total[5m]))", end, whole, 60)] },
  { name: "ten node panels, 1 h", target: 3, requests: (await dashboardQueries(10)).map((query) => range(query, hostsEnd, hour, 15)) },
  { name: "histogram_quantile", target: 8, requests: [range("histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m]))", bucketsEnd, hour, 15)] },
  { name: "quantile of sums", requests: [range("histogram_quantile(0.9, sum by (le, handler) (rate(http_request_duration_seconds_bucket[5m])))", bucketsEnd, hour, 15)] },
  { name: "avg_over_time, 24 h", requests: [range("avg by (instance) (avg_over_time(http_requests_total[10m]))", end, whole, 60)] },
  { name: "topk, 24 h", ties: true, requests: [range("topk(5, rate(http_requests_total[5m]))", end, whole, 300)] },
  { name: "ratio of sums", requests: [range('sum by (handler) (rate(http_requests_total{code="500"}[5m])) / sum by (handler) (rate(http_requests_total[5m]))', end, whole, 60)] },
  { name: "all series, instant", requests: [{ query: "count by (code) (http_requests_total)", time: String(end / 1000 - 60) }] },
];
const pathOf = (request) => (request.start === undefined ? "/api/v1/query" : "/api/v1/query_range");

async function answers(server, row) {
  return Promise.all(row.requests.map((request) => server.get(pathOf(request), request)));
}

async function timed(server, row) {
  const before = server.cpuSeconds();
  const list = row.requests.map((request) => ["all-of-it", pathOf(request), request]);
  const { result, samples } = await server.watch(() => questions(server, list, { count: 1 }).done, { seconds: 0.02 });
  const { failed, total_ms } = result["all-of-it"];
  if (failed > 0) throw new Error(`${server.name}: ${row.name} failed`);
  return { wall: total_ms / 1000, cpu: server.cpuSeconds() - before, peak: Math.max(...samples.map(({ anonymous }) => anonymous)) };
}

const cell = (text, width) => String(text).padStart(width);
const seconds = (value) => (value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(2)} s`);

async function measure(servers, row) {
  const [ours, theirs] = await Promise.all(servers.map((server) => answers(server, row)));
  // Which of equal series topk takes is up to the server.
  const off = row.ties ? [] : row.requests.map((request, i) => difference(ours[i], theirs[i])).filter(Boolean);
  const runs = servers.map(() => []);
  for (let turn = 0; turn < turns; ++turn) {
    for (const [i, server] of servers.entries()) runs[i].push(await timed(server, row));
  }
  const [isobar, prometheus] = runs.map((list) => ({ wall: median(list.map(({ wall }) => wall)), cpu: list.reduce((sum, { cpu }) => sum + cpu, 0) / list.length,
    peak: Math.max(...list.map(({ peak }) => peak)) }));
  const ratio = { wall: prometheus.wall / isobar.wall, cpu: prometheus.cpu / isobar.cpu };
  const holds = row.target === undefined ? "" : ratio.wall >= row.target && ratio.cpu >= row.target ? "pass" : "fail";
  console.log([row.name.padEnd(21), cell(row.target ? `${row.target}x` : "", 4), cell(seconds(isobar.wall), 9), cell(seconds(prometheus.wall), 9), cell(`${ratio.wall.toFixed(1)}x`, 7),
    cell(seconds(isobar.cpu), 9), cell(`${ratio.cpu.toFixed(1)}x`, 7), cell(holds, 5)].join(" "));
  for (const text of off) console.log(`    answers differ: ${text}`);
  return { row: row.name, isobar, prometheus, ratio, differences: off };
}

if (!prometheusVersion()) {
  console.error("no Prometheus: install Debian's prometheus, or name one with PROMETHEUS_BIN");
  process.exit(1);
}
const captured = spawnSync("bash", ["bench/host_capture.sh", capture, ...pick({ full: ["40", "3"], quick: ["20", "3"], tiny: ["5", "1"] })], { encoding: "utf8" });
if (captured.status !== 0) throw new Error(`no capture of a node_exporter: ${captured.stderr}`);
const servers = [await start.isobar(["--limits.max-series", "0"]), await start.prometheus()];
const loaded = [];
for (const server of servers) loaded.push(await load(server));
await wait(pick({ full: 20, quick: 5, tiny: 1 })); // blocks are being written
console.log(`${cpus().length} cores, ${cpus()[0].model.trim()}; Prometheus ${prometheusVersion()}; ${thousands(loaded[0].series)} series, ` +
  `${thousands(loaded[0].samples)} samples`);
console.log(["".padEnd(21), cell("", 4), cell("Isobar", 9), cell("Prom.", 9), cell("wall", 7), cell("CPU", 9), cell("CPU", 7), cell("", 5)].join(" "));
console.log("-".repeat(78));
const results = [];
for (const row of rows.filter(({ requests }) => requests.length > 0)) results.push(await measure(servers, row));
const peaks = ["isobar", "prometheus"].map((name) => Math.max(...results.map((result) => result[name].peak)));
console.log(`peak memory (anonymous) ${megabytes(peaks[0])}, Prometheus ${megabytes(peaks[1])}: ${(peaks[0] / peaks[1]).toFixed(2)} of it, at most 0.50: ${peaks[0] <= peaks[1] / 2 ? "pass" : "fail"}`);
const budget = await measureBudget(servers[0], { end: end / 1000 - 8, seconds: whole, series: loaded[0].series, duration: pick({ full: 20, quick: 10, tiny: 2 }) });
const [first] = budget.answers;
console.log(`a query that would need ${(budget.wanted / 1e9).toFixed(1)} GB, ${budget.answers.length} times: ${first.status} after ${seconds(median(budget.answers.map((a) => a.seconds)))}: ${first.error}`);
const calm = budget.times.failed === 0 && budget.times.p99_ms < 50 && first.status === 422;
console.log(`meanwhile ${budget.times.count} small ones, ten a second: median ${budget.times.median_ms} ms, 99th percentile ${budget.times.p99_ms} ms, below 50: ${calm ? "pass" : "fail"}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ size, prometheus: prometheusVersion(), loaded, results, budget }, null, 1)}\n`);
if (options.keep) {
  console.log(servers.map(({ name, url, pid }) => `${name} ${url} (process ${pid})`).join("\n"));
  await new Promise(() => {});
}
cleanUp();
process.exit(0);
