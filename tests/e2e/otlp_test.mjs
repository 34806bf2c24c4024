// Metrics by OTLP/HTTP, in both encodings, plain and compressed: what comes out of the query API, after kill -9 too; the
// otlp section of the configuration, before and after a reload.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { api, check, equal, finish, holds, memory, startIsobar, until, writeTemporary } from "./harness.mjs";
import { metricsOf, protobuf, pushOtlp } from "./otlp.mjs";

const config = writeTemporary("isobar.yml", "otlp:\n  promote_resource_attributes: [host.name]\n");
const args = ["--config", config, "--host.off"];
let isobar = await startIsobar({ args });
const now = Math.floor(Date.now() / 1000);
const ns = (seconds) => `${seconds}000000000`;

// One of each kind; every value is derived from `n`.
function metrics(n) {
  return [
    { name: "room.temperature", unit: "Cel", gauge: { dataPoints: [{ timeUnixNano: ns(now), asDouble: 20.5 + n }] } },
    { name: "requests", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [60, 0].map((ago) => (
      { startTimeUnixNano: ns(now - 120), timeUnixNano: ns(now - ago), asInt: String(ago === 60 ? 10 * n : 30 * n) })) } },
    { name: "jobs", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [60, 0].map((ago) => (
      { startTimeUnixNano: ns(now - ago - 60), timeUnixNano: ns(now - ago), asInt: String(n) })) } },
    { name: "size", unit: "By", histogram: { aggregationTemporality: 2, dataPoints: [
      { startTimeUnixNano: ns(now - 60), timeUnixNano: ns(now), count: "3", sum: 7 * n, bucketCounts: ["1", "2"], explicitBounds: [n] }] } },
    { name: "latency", unit: "s", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [
      { startTimeUnixNano: ns(now - 60), timeUnixNano: ns(now), count: "4", sum: 6, scale: 0, zeroCount: "1",
        positive: { offset: 0, bucketCounts: ["1", "2"] } }] } },
  ];
}

const encodings = [
  ["json", { "content-type": "application/json" }, (request) => JSON.stringify(request)],
  ["json-gzip", { "content-type": "application/json", "content-encoding": "gzip" }, (request) => gzipSync(JSON.stringify(request))],
  ["protobuf", { "content-type": "application/x-protobuf" }, (request) => protobuf(request)],
  ["protobuf-gzip", { "content-type": "application/x-protobuf", "content-encoding": "gzip" }, (request) => gzipSync(protobuf(request))],
];

const value = async (query, time = now) => {
  const { result } = await api(isobar.url, "query", { query, time });
  return result.length === 1 ? result[0].value?.[1] ?? result[0].histogram[1] : `${result.length} series`;
};

async function reads(job, n) {
  const of = `{job="${job}"}`;
  equal(await value(`room_temperature_celsius${of}`), String(20.5 + n), "gauge");
  equal(await value(`requests_total${of}`), String(30 * n), "counter");
  equal(await value(`increase(requests_total${of}[5m])`), String(30 * n), "increase of a cumulative sum since its start");
  equal(await value(`increase(jobs_total${of}[5m])`), String(2 * n), "increase of deltas");
  equal(await value(`size_bytes_bucket{job="${job}",le="${n}"}`), "1", "bucket");
  equal(await value(`size_bytes_bucket{job="${job}",le="+Inf"}`), "3", "last bucket");
  equal(await value(`size_bytes_sum${of}`), String(7 * n), "sum");
  equal((await value(`latency_seconds${of}`)).buckets, [[3, "-1e-128", "1e-128", "1"], [0, "1", "2", "1"], [0, "2", "4", "2"]], "native histogram");
  const { result } = await api(isobar.url, "query", { query: `room_temperature_celsius${of}`, time: now });
  equal(result[0].metric, { __name__: "room_temperature_celsius", host_name: "h1", instance: "i1", job }, "labels");
  const info = await api(isobar.url, "query", { query: `target_info${of}`, time: now });
  equal(info.result[0].metric, { __name__: "target_info", host_name: "h1", instance: "i1", job, os_type: "linux" }, "target_info");
}

for (const [index, [name, headers, encode]] of encodings.entries()) {
  await check(`${name}: pushed, answered in kind and read`, async () => {
    const resource = { "service.name": name, "service.namespace": "e2e", "service.instance.id": "i1", "host.name": "h1", "os.type": "linux" };
    const response = await pushOtlp(isobar.url, encode(metricsOf(resource, metrics(index + 1))), headers);
    equal(response.status, 200, "status");
    equal(response.headers.get("content-type"), headers["content-type"], "content type");
    equal(await response.text(), name.startsWith("json") ? "{}" : "", "answer");
    await reads(`e2e/${name}`, index + 1);
  });
}

await check("sending it again changes nothing", async () => {
  const resource = { "service.name": "json", "service.namespace": "e2e", "service.instance.id": "i1", "host.name": "h1", "os.type": "linux" };
  equal((await pushOtlp(isobar.url, JSON.stringify(metricsOf(resource, metrics(1))), encodings[0][1])).status, 200, "status");
  await reads("e2e/json", 1);
});

await check("metadata", async () => {
  const all = await api(isobar.url, "metadata");
  equal([all.requests_total[0].type, all.jobs_total[0].type, all.latency_seconds[0].type], ["counter", "counter", "histogram"], "types");
  equal(all.size_bytes[0].unit, "bytes", "unit");
});

await check("what was acknowledged is there after kill -9", async () => {
  await isobar.stop("SIGKILL");
  isobar = await startIsobar({ args, dataDir: isobar.dataDir });
  for (const [index, [name]] of encodings.entries()) await reads(`e2e/${name}`, index + 1);
});

await check("a part that is refused is counted in protobuf", async () => {
  const points = [{ timeUnixNano: ns(now), asInt: 1 }, { asInt: 2 }];
  const body = protobuf(metricsOf({}, [{ name: "part", gauge: { dataPoints: points } }]));
  const response = await pushOtlp(isobar.url, body, encodings[2][1]);
  equal(response.status, 200, "status");
  const answer = Buffer.from(await response.arrayBuffer());
  const message = 'metric "part": a data point has no time_unix_nano';
  // partial_success{rejected_data_points=1, error_message}
  const expected = Buffer.concat([Buffer.from([0x08, 1, 0x12, message.length]), Buffer.from(message)]);
  equal(answer.toString("hex"), Buffer.concat([Buffer.from([0x0a, expected.length]), expected]).toString("hex"), "answer");
});

await check("settings are reloaded", async () => {
  writeFileSync(config, "otlp:\n  translation_strategy: NoTranslation\n  convert_histograms_to_nhcb: true\n  promote_all_resource_attributes: true\n");
  equal((await fetch(`${isobar.url}/-/reload`, { method: "POST" })).status, 200, "reload");
  const body = JSON.stringify(metricsOf({ "service.name": "new", "os.type": "linux" }, metrics(3)));
  equal((await pushOtlp(isobar.url, body, encodings[0][1])).status, 200, "status");
  equal((await value('{"size","service.name"="new","os.type"="linux"}')).buckets, [[3, "-Inf", "3", "1"], [0, "3", "+Inf", "2"]], "custom buckets");
});

await check("wrong settings are named, and those before stay", async () => {
  writeFileSync(config, "otlp:\n  translation_strategy: Underscores\n");
  const response = await fetch(`${isobar.url}/-/reload`, { method: "POST" });
  holds(response.status >= 400 && /NoUTF8EscapingWithSuffixes/.test(await response.text()), "the answer does not say what to write");
  equal((await pushOtlp(isobar.url, JSON.stringify(metricsOf({ "service.name": "last" }, metrics(1))), encodings[0][1])).status, 200, "status");
  equal(await value('{"room.temperature",job="last"}'), "21.5", "gauge");
});

await check("bombs and damage are refused within bounds", async () => {
  const refused = async (body, headers, status, text) => {
    const response = await pushOtlp(isobar.url, body, headers);
    const answer = await response.text();
    equal(response.status, status, `status (${answer.slice(0, 200)})`);
    holds(text.test(answer), `the answer does not say why: ${answer.slice(0, 300)}`);
  };
  const before = memory(isobar.child.pid).rss;
  const json = encodings[1][1];
  await refused(gzipSync(Buffer.alloc(64 << 20)), json, 413, /max-body-bytes/);
  const lying = gzipSync(Buffer.alloc(8 << 20));
  lying.writeUInt32LE(16, lying.length - 4);
  await refused(lying, json, 400, /gzip/);
  await refused(gzipSync("["  .repeat(1 << 20)), json, 400, /JSON/);
  await refused(`{"resourceMetrics":[${"0,".repeat(4 << 20)}0]}`, encodings[0][1], 400, /must be an object: resourceMetrics/);
  await refused(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]), encodings[2][1], 400, /protobuf/);
  await refused("{}", { "content-type": "application/x-www-form-urlencoded" }, 415, /application\/x-protobuf or application\/json/);
  const wide = { name: "w", gauge: { dataPoints: Array.from({ length: 20_000 }, () => ({ timeUnixNano: ns(now), asInt: 1 })) } };
  await refused(JSON.stringify(metricsOf({ "service.name": "w", big: "x".repeat(8000) }, [wide])), encodings[0][1], 413, /labels of one request/);
  const after = await until(() => memory(isobar.child.pid).rss, "memory");
  holds(after - before < 400 << 20, `memory grew by ${(after - before) >> 20} MB`);
});

await finish();
