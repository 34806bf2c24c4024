// A real Prometheus remote-writes into Isobar for a minute while Isobar scrapes the same node_exporter. Then 30 queries
// over what was written are answered alike by both, and what Isobar scraped itself has the same series.
import { api, check, equal, finish, holds, startIsobar, startNodeExporter, startPrometheus, until, writeTemporary } from "./harness.mjs";

const exporter = await startNodeExporter();
const config = writeTemporary(
  "isobar.yml",
  `global:
  scrape_interval: 1s
scrape_configs:
  - job_name: own
    static_configs:
      - targets: ["${exporter.address}"]
`,
);
const isobar = await startIsobar({ args: ["--config", config, "--host.off"] });
const prometheus = await startPrometheus(`global:
  scrape_interval: 1s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["${exporter.address}"]
remote_write:
  - url: ${isobar.url}/api/v1/write
    queue_config:
      batch_send_deadline: 500ms
`);

const started = Date.now();
await new Promise((resolve) => setTimeout(resolve, Number(process.env.ISOBAR_E2E_SECONDS ?? 60) * 1000));
// Half way between two scrapes: 2.42 has closed ranges, so a sample exactly at a window's left edge would be in Prometheus'
// window and not in Isobar's. And far enough back that everything has been sent.
const scraped = (await api(prometheus.url, "query", { query: 'timestamp(up{job="node"})' })).result[0].value[1];
const fraction = (Math.round(Number(scraped) * 1000 + 500) % 1000) / 1000;
const end = Math.floor(Date.now() / 1000) - 4 + fraction;
const start = Math.ceil(started / 1000) + 3 + fraction;
// The steps of a subquery are whole seconds, whatever the end is; this offset takes them half way between scrapes, too.
const half = `offset ${Math.round((1 - fraction) * 1000)}ms`;
const sent = async () => {
  const query = 'count_over_time(up{job="node"}[1m])'; // the last sample of each scrape
  const [theirs, ours] = await Promise.all([prometheus.url, isobar.url].map((url) => api(url, "query", { query, time: end })));
  return theirs.result[0] && JSON.stringify(theirs.result[0].value) === JSON.stringify(ours.result[0]?.value);
};
await until(sent, "everything to be sent", 30);

const queries = [
  'up{job="node"}',
  'node_load1{job="node"}',
  'sum by (mode) (rate(node_cpu_seconds_total{job="node"}[20s]))',
  'avg without (cpu) (irate(node_cpu_seconds_total{job="node"}[10s]))',
  '100 * (1 - avg(rate(node_cpu_seconds_total{job="node",mode="idle"}[15s])))',
  'node_memory_MemAvailable_bytes{job="node"} / node_memory_MemTotal_bytes{job="node"}',
  'topk(3, node_filesystem_size_bytes{job="node"})',
  'bottomk(2, node_filesystem_size_bytes{job="node"})',
  'count by (job) ({job="node"})',
  'max_over_time(node_load1{job="node"}[30s])',
  'min_over_time(node_memory_MemFree_bytes{job="node"}[25s])',
  'avg_over_time(node_memory_MemFree_bytes{job="node"}[25s])',
  'stddev_over_time(node_memory_MemFree_bytes{job="node"}[25s])',
  'quantile_over_time(0.9, node_memory_MemFree_bytes{job="node"}[25s])',
  'increase(node_context_switches_total{job="node"}[20s])',
  'delta(node_memory_MemFree_bytes{job="node"}[20s])',
  'deriv(node_memory_MemFree_bytes{job="node"}[20s])',
  'predict_linear(node_memory_MemFree_bytes{job="node"}[20s], 60)',
  'changes(node_load1{job="node"}[30s])',
  'resets(node_context_switches_total{job="node"}[30s])',
  'sum(rate(node_disk_read_bytes_total{job="node"}[20s])) or vector(0)',
  'node_time_seconds{job="node"} - node_boot_time_seconds{job="node"}',
  'label_replace(node_uname_info{job="node"}, "short", "$1", "release", "([0-9]+).*")',
  `max_over_time(rate(node_context_switches_total{job="node"}[10s] ${half})[20s:2s])`,
  'histogram_quantile(0.9, rate(prometheus_http_request_duration_seconds_bucket{job="node"}[20s]))',
  'node_load1{job="node"} offset 5s',
  'node_network_receive_bytes_total{job="node"} unless on(device) node_network_up{job="node"} == 1',
  'node_filesystem_avail_bytes{job="node"} * on(device, mountpoint, fstype, instance) group_left node_filesystem_readonly{job="node"}',
  'absent(nothing_here{job="node"})',
  'sum(scrape_samples_scraped{job="node"}) > bool 10',
];

// Equal labels and values; 1e-9 relative for what is computed in another order of additions.
function sameResult(ours, theirs) {
  const sorted = (data) => [...data.result].sort((a, b) => (JSON.stringify(key(a)) < JSON.stringify(key(b)) ? -1 : 1));
  const key = (s) => Object.entries(s.metric).sort();
  const [a, b] = [sorted(ours), sorted(theirs)];
  equal(a.map(key), b.map(key), "series");
  a.forEach((s, i) => {
    const values = (x) => x.values ?? [x.value];
    equal(values(s).map((v) => v[0]), values(b[i]).map((v) => v[0]), "timestamps");
    values(s).forEach(([, value], n) => {
      const [x, y] = [Number(value), Number(values(b[i])[n][1])];
      const close = value === values(b[i])[n][1] || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
      holds(close, `value ${n} of ${JSON.stringify(s.metric)}: got ${value}, expected ${values(b[i])[n][1]}`);
    });
  });
}

let answers = 0;
for (const query of queries) {
  await check(`range: ${query}`, async () => {
    const params = { query, start, end, step: 3 };
    const [ours, theirs] = await Promise.all([isobar.url, prometheus.url].map((url) => api(url, "query_range", params)));
    sameResult(ours, theirs);
    answers += theirs.result.length;
  });
  await check(`instant: ${query}`, async () => {
    const [ours, theirs] = await Promise.all([isobar.url, prometheus.url].map((url) => api(url, "query", { query, time: end })));
    sameResult(ours, theirs);
  });
}
await check("the comparison saw data", () => holds(answers > 30, `only ${answers} series in all`));

await check("what Isobar scraped has the series that Prometheus has", async () => {
  const names = async (url, job) => {
    const data = await api(url, "series", { "match[]": `{job="${job}"}`, start, end });
    // Prometheus 3 and Isobar write 0 as 0.0 in the labels le and quantile; 2.42 keeps what it reads.
    const number = (labels) => (labels.quantile ? { ...labels, quantile: String(Number(labels.quantile)) } : labels);
    return data.map((labels) => JSON.stringify(Object.entries({ ...number(labels), job: "" }).sort())).sort();
  };
  const [own, theirs] = await Promise.all([names(isobar.url, "own"), names(prometheus.url, "node")]);
  equal(own.length > 300, true, "number of series");
  equal(own, theirs, "series");
});

await check("metadata arrived", async () => {
  const response = await fetch(`${isobar.url}/api/v1/metadata?metric=node_load1`);
  equal((await response.json()).data.node_load1[0].type, "gauge");
});

await finish();
