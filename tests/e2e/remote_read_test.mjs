// Remote read with a real Prometheus 2.42 in both parts. One that has nothing of its own asks Isobar, and answers queries as
// Isobar answers them itself. That version's client asks for samples and ignores histograms; its server knows all of it, so a
// second one is written the same as Isobar, and both give the same bytes to the same read requests. On the way, the samples
// that both count at each step of a query are compared.
import { api, check, equal, finish, holds, startIsobar, startPrometheus } from "./harness.mjs";
import { protobuf } from "./otlp.mjs";
import { headers, push, series, snappy, unsnappy } from "./remote_write.mjs";

const isobar = await startIsobar({ args: ["--host.off"] });
const END = Math.floor(Date.now() / 60_000) * 60 - 60; // seconds
const START = END - 7200;

// Floats: counters with resets and gaps, a series that ends, odd values; another tenant has one of the same name.
const grid = (count, value, step = 15) => Array.from({ length: count }, (_, i) => [value(i), (START + i * step) * 1000]);
const STALE = Buffer.from([2, 0, 0, 0, 0, 0, 0xf0, 0x7f]).readDoubleLE(0);
const written = [
  series({ __name__: "requests_total", job: "api", instance: "a" }, grid(481, (i) => (i % 200) * 7)),
  series({ __name__: "requests_total", job: "api", instance: "b" }, grid(481, (i) => i * 0.1).filter((_, i) => i % 50 < 40)),
  series({ __name__: "requests_total", job: "web", instance: "a" }, grid(200, (i) => 1e15 + i * 3)),
  series({ __name__: "temperature", room: 'a "quoted" name \\ ü' }, grid(481, (i) => 20 + Math.sin(i / 10))),
  series({ __name__: "odd", n: "1" }, grid(120, (i) => [NaN, Infinity, -Infinity, -0, 5e-324][i % 5], 60)),
  series({ __name__: "ended" }, [...grid(100, (i) => i), [STALE, (START + 1500) * 1000]]),
];
// Some 240,000 samples.
const noise = (i) => ((i * 2654435761) % 4294967296) / 3;
for (let from = 0; from < 240_000; from += 40_000) {
  const samples = Array.from({ length: 40_000 }, (_, i) => [noise(from + i), START * 1000 + 7 + (from + i) * 30]);
  equal((await push(isobar.url, snappy(series({ __name__: "noise" }, samples)))).status, 204, "status of the push");
}
equal((await push(isobar.url, snappy(Buffer.concat(written)))).status, 204, "status of the push");
const other = snappy(series({ __name__: "temperature", room: "other" }, grid(481, (i) => i)));
equal((await push(isobar.url, other, { "x-scope-orgid": "other" })).status, 204, "status of the other tenant's push");

const prometheus = await startPrometheus(`remote_read:\n  - url: ${isobar.url}/api/v1/read\n    read_recent: true\n`, ["--enable-feature=promql-per-step-stats"]);

// Texts, or objects of texts; the last bits of sums may differ.
function near(a, b) {
  if (a === b) return true;
  if (typeof a === "object") return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => near(a[key], b[key]));
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y));
}
const samplesOf = (s) => [...(s.values ?? []), ...(s.histograms ?? []), ...(s.value ? [s.value] : []), ...(s.histogram ? [s.histogram] : [])];
const sorted = (data) => data.result.map((s) => ({ key: JSON.stringify(Object.entries(s.metric).sort()), samples: samplesOf(s) }))
  .sort((a, b) => (a.key < b.key ? -1 : 1));
let compared = 0;
async function same(query, path, params) {
  const [ours, theirs] = (await Promise.all([isobar.url, prometheus.url].map((url) => api(url, path, { query, ...params })))).map(sorted);
  equal(theirs.map((s) => s.key), ours.map((s) => s.key), "series");
  holds(ours.length > 0, "nothing was compared");
  ours.forEach((s, i) => {
    equal(theirs[i].samples.map(([t]) => t), s.samples.map(([t]) => t), `timestamps of ${s.key}`);
    s.samples.forEach(([t, value], n) => {
      holds(near(value, theirs[i].samples[n][1]), `${s.key} at ${t}: Prometheus has ${JSON.stringify(theirs[i].samples[n][1])}, Isobar ${JSON.stringify(value)}`);
      compared += 1;
    });
  });
}

// Times between samples, since the ranges of 2.42 are closed on both sides.
const range = { start: START + 7.3, end: END, step: 61 };
const queries = [
  "requests_total",
  'requests_total{instance!="a"}',
  'requests_total{job=~"a.+",instance=~"a|b"}',
  'requests_total{job!~"web|x"}',
  "sum by (job) (rate(requests_total[5m]))",
  "resets(requests_total[1h])",
  "temperature offset 10m",
  "temperature @ " + (START + 3600.5),
  "odd",
  "ended",
  "max_over_time(temperature[30m:1m])",
  "count_over_time(noise[10m])",
  "sum_over_time(noise[10m])",
];
for (const query of queries) {
  await check(`range: ${query}`, () => same(query, "query_range", range));
  await check(`instant: ${query}`, () => same(query, "query", { time: START + 1200.3 }));
}
for (const query of ["requests_total[10m]", "ended[2h]", "noise[2h]"]) {
  await check(`raw samples: ${query}`, () => same(query, "query", { time: START + 7100.3 }));
}
await check("the comparison saw data", () => holds(compared > 230_000, `only ${compared} values`));

for (const query of ["requests_total", "rate(requests_total[5m])", "sum(requests_total @ start()) + sum(temperature)", "max_over_time(temperature[30m:1m])",
  "quantile_over_time(0.5, requests_total[10m] offset 5m)", "timestamp(temperature)", "count_over_time(ended[10m]) or absent(ended)"]) {
  await check(`samples that are counted at each step: ${query}`, async () => {
    const [ours, theirs] = (await Promise.all([isobar.url, prometheus.url].map((url) => api(url, "query_range", { query, ...range, stats: "all" }))))
      .map(({ stats }) => [stats.samples.totalQueryableSamples, stats.samples.totalQueryableSamplesPerStep]);
    equal(ours, theirs, "samples in all and at each step");
    equal(ours[1].length, 118, "number of steps");
    holds(ours[0] > 0, "nothing was counted");
  });
}
await check("samples that are counted by an instant query of a subquery", async () => {
  const params = { query: "sum(temperature)[30m:1m]", time: range.start + 3600, stats: "all" };
  const [ours, theirs] = (await Promise.all([isobar.url, prometheus.url].map((url) => api(url, "query", params)))).map(({ stats }) => stats.samples.totalQueryableSamplesPerStep);
  equal(ours, theirs, "samples");
});

await check("series are found by name, without their samples", async () => {
  const params = { "match[]": '{job="api"}', start: START, end: END };
  const [ours, theirs] = (await Promise.all([isobar.url, prometheus.url].map((url) => api(url, "series", params))))
    .map((list) => list.map((labels) => JSON.stringify(Object.entries(labels).sort())).sort());
  equal(theirs, ours, "series");
  equal(theirs.length, 2, "number of series");
});

// Messages of prompb: name to [kind or message, field number], in the order in which they are sent.
const span = { offset: ["zigzag", 1], length: ["varint", 2] };
const histogram = { count_int: ["varint", 1], count_float: ["double", 2], sum: ["double", 3], schema: ["zigzag", 4], zero_threshold: ["double", 5],
  zero_count_int: ["varint", 6], zero_count_float: ["double", 7], negative_spans: [span, 8], negative_deltas: ["packedZigzag", 9],
  negative_counts: ["packedDouble", 10], positive_spans: [span, 11], positive_deltas: ["packedZigzag", 12], positive_counts: ["packedDouble", 13],
  reset_hint: ["varint", 14], timestamp: ["varint", 15] };
const label = { name: ["string", 1], value: ["string", 2] };
const writeRequest = { timeseries: [{ labels: [label, 1], samples: [{ value: ["double", 1], timestamp: ["varint", 2] }, 2], histograms: [histogram, 4] }, 1] };
const readRequest = { queries: [{ start: ["varint", 1], end: ["varint", 2],
  matchers: [{ type: ["varint", 1], name: ["string", 2], value: ["string", 3] }, 3],
  hints: [{ step: ["varint", 1], func: ["string", 2], start: ["varint", 3], end: ["varint", 4], grouping: ["string", 5], by: ["varint", 6] }, 4] }, 1],
  accepted: ["packedVarint", 2] };

const twin = await startPrometheus("global:\n  scrape_interval: 1h\n", ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"]);
// Its SAMPLES have no histograms yet, and -0 is 0 in them. Its chunks may have a byte of padding at the end, these have none.
// Less than a chunk's 120 samples and within one of Prometheus' two hours, so that both divide series into the same chunks.
const BASE = Math.floor(Date.now() / 7_200_000 - 1) * 7_200_000 + 600_000; // ms
const at = (i) => BASE + i * 30_000;
const whole = (i) => ({ count_int: 7 * i + 9, sum: 3.5 * i, schema: 1, zero_threshold: 0.001, zero_count_int: i + 1,
  negative_spans: [{ offset: 1, length: 1 }], negative_deltas: [2 * i + 2],
  positive_spans: [{ offset: -2, length: 2 }, { offset: 3, length: 1 }], positive_deltas: [i + 1, 1, i + 1], timestamp: at(i) });
const fractions = (i) => ({ count_float: 4.5 * i + 2.5, sum: -0.25 * i, schema: -2, zero_threshold: 0.5, zero_count_float: 0.5,
  positive_spans: [{ offset: 0, length: 2 }], positive_counts: [1.5 * i + 1, 3 * i + 1], timestamp: at(i) });
const labels = (pairs) => Object.entries(pairs).map(([name, value]) => ({ name, value }));
const many = (count, of) => Array.from({ length: count }, (_, i) => of(i));
const timeseries = [
  { labels: labels({ __name__: "twin", kind: "counter" }), samples: many(90, (i) => ({ value: (i % 40) * 7, timestamp: at(i) })) },
  { labels: labels({ __name__: "twin", kind: "gauge", room: "ü \\ \"" }), samples: many(71, (i) => ({ value: Math.sin(i / 3) * 20, timestamp: at(i) + (i % 7) })) },
  { labels: labels({ __name__: "twin", kind: "odd" }), samples: many(20, (i) => ({ value: [NaN, Infinity, -Infinity, 0, STALE][i % 5], timestamp: at(i) })) },
  { labels: labels({ __name__: "twin_fractions" }), histograms: many(50, fractions) },
  { labels: labels({ __name__: "twin_histogram", job: "api" }), histograms: many(80, whole) },
];
const twinWrite = snappy(protobuf({ timeseries }, writeRequest));
equal((await push(isobar.url, twinWrite)).status, 204, "status of the push");
equal((await fetch(`${twin.url}/api/v1/write`, { method: "POST", headers, body: twinWrite })).status, 204, "status of Prometheus' push");

async function read(url, request, extra = {}) {
  const body = snappy(protobuf(request, readRequest));
  const response = await fetch(`${url}/api/v1/read`, { method: "POST", headers: { ...headers, ...extra }, body });
  return { status: response.status, type: response.headers.get("content-type"), encoding: response.headers.get("content-encoding"),
    body: Buffer.from(await response.arrayBuffer()) };
}
// Where they differ, both from a little before.
function sameBytes(ours, theirs, what) {
  let i = 0;
  while (i < ours.length && ours[i] === theirs[i]) i += 1;
  const around = (bytes) => bytes.subarray(Math.max(0, i - 24), i + 40).toString("hex");
  holds(ours.equals(theirs), `${what} differ at byte ${i} of ${ours.length} and ${theirs.length}: ours ${around(ours)}, theirs ${around(theirs)}`);
}
const query = (type, name, value, rest = {}) => ({ start: BASE, end: at(100), matchers: [{ type, name, value }], ...rest });
const all = query(2, "__name__", "twin.*");
const requests = {
  everything: { queries: [all] },
  "several queries": { queries: [query(0, "kind", "counter"), query(0, "kind", "none"), query(0, "__name__", "twin_histogram")] },
  "a regular expression that excludes": { queries: [{ ...all, matchers: [...all.matchers, { type: 3, name: "kind", value: "g.+|o.+" }] }] },
  "what is not one value": { queries: [{ ...all, matchers: [...all.matchers, { type: 1, name: "kind", value: "odd" }] }] },
  "a label that is not there": { queries: [{ ...all, matchers: [...all.matchers, { type: 0, name: "kind", value: "" }] }] },
  "no samples in this time": { queries: [{ ...all, start: 1000, end: 2000 }] },
  "hints for a function": { queries: [{ ...all, hints: { step: 15000, func: "rate", start: BASE, end: at(100), grouping: "kind", by: 1 } }] },
};
const onlyFloats = (request) => ({ queries: request.queries.map((q) => ({ ...q, matchers: [...q.matchers, { type: 1, name: "kind", value: "" }] })) });
for (const [name, request] of Object.entries(requests)) {
  await check(`chunks, byte for byte: ${name}`, async () => {
    const [ours, theirs] = await Promise.all([isobar.url, twin.url].map((url) => read(url, { ...request, accepted: [1, 0] })));
    equal({ ...ours, body: "" }, { ...theirs, body: "" }, "head of the answer");
    equal(ours.type, "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse", "content type");
    sameBytes(ours.body, theirs.body, "frames");
  });
  await check(`samples, byte for byte: ${name}`, async () => {
    const [ours, theirs] = await Promise.all([isobar.url, twin.url].map((url) => read(url, { ...onlyFloats(request), accepted: [0] })));
    equal({ ...ours, body: "" }, { ...theirs, body: "" }, "head of the answer");
    equal([ours.type, ours.encoding], ["application/x-protobuf", "snappy"], "content type");
    sameBytes(unsnappy(ours.body), unsnappy(theirs.body), "messages");
  });
}
await check("the comparison saw all five series", async () => {
  const { body } = await read(isobar.url, { queries: [all], accepted: [1] });
  equal(body.toString("latin1").match(/twin(_fractions|_histogram)?/g).length, 5, "frames with a name");
});

await check("part of a chunk is read like part of a chunk", async () => {
  const part = { ...onlyFloats({ queries: [{ ...all, start: at(10), end: at(19) }] }), accepted: [0] };
  const [ours, theirs] = (await Promise.all([isobar.url, twin.url].map((url) => read(url, part)))).map(({ body }) => unsnappy(body));
  sameBytes(ours, theirs, "messages");
});

await check("refusals have the status of Prometheus'", async () => {
  const statuses = async (url) => [
    (await read(url, { queries: [all], accepted: [9] })).status,
    (await fetch(`${url}/api/v1/read`, { method: "POST", headers, body: "no snappy" })).status,
    (await fetch(`${url}/api/v1/read`)).status,
  ];
  equal(await statuses(twin.url), [400, 400, 405], "Prometheus");
  equal(await statuses(isobar.url), [400, 400, 405], "Isobar");
});

await check("several tenants, below Mimir's prefix", async () => {
  const request = { queries: [{ start: START * 1000, end: START * 1000 + 1, matchers: [{ type: 0, name: "__tenant_id__", value: "other" }] }], accepted: [1] };
  const { status, body } = await read(`${isobar.url}/prometheus`, request, { "x-scope-orgid": "anonymous|other" });
  equal(status, 200, "status");
  const text = body.toString("latin1");
  holds(/temperature.*__tenant_id__.*other.*room.*other/s.test(text) && !text.includes("quoted"), `not the other tenant's: ${text}`);
});

await finish();
