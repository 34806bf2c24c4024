// Blocks between Isobar and Debian's real Prometheus and promtool 2.42, both ways: what promtool and Prometheus write is
// imported and answered alike; what Isobar exports is listed, dumped, analysed and served by them. Native histograms go
// from a Prometheus through its own chunks into Isobar, and from there through ours back into a Prometheus.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { api, binary, check, equal, finish, freePort, holds, start, startIsobar, temporaryFolder, until, writeTemporary } from "./harness.mjs";
import { headers, message, series, snappy } from "./remote_write.mjs";

const FIRST = 1_700_000_000; // 22:13:20 UTC: the series reach into the next day
const isUlid = (name) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(name);

function run(command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 1 << 28 }, (error, out, errors) => resolve({ code: error ? error.code : 0, out, errors }));
  });
}
const isobarRun = (...args) => run(binary, args);
const promtool = (...args) => run("/usr/bin/promtool", args);

// promtool reads the write-ahead log too and wants its folder.
async function dump(folder) {
  mkdirSync(join(folder, "wal"), { recursive: true });
  const { code, out, errors } = await promtool("tsdb", "dump", folder);
  equal(code, 0, `promtool tsdb dump: ${errors}`);
  return out.split("\n").filter(Boolean).sort();
}

async function startPrometheusOn(folder, extra = []) {
  const port = await freePort();
  const config = writeTemporary("prometheus.yml", "global:\n  scrape_interval: 1h\n");
  const child = start("/usr/bin/prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-admin-api",
    "--web.enable-remote-write-receiver",
    "--enable-feature=native-histograms",
    "--storage.tsdb.retention.time=100y",
    ...extra,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`)).ok, "Prometheus to be ready", 30);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.ended;
    },
  };
}

function openMetrics() {
  const lines = ["# TYPE requests counter"];
  for (const instance of ["a", "b"]) {
    for (let i = 0; i < 1500; ++i) lines.push(`requests_total{job="api",instance="${instance}"} ${i < 900 ? i * 3 : i} ${FIRST + i * 15}`);
  }
  lines.push("# TYPE temperature gauge");
  for (let i = 0; i < 300; ++i) lines.push(`temperature{place="Tromsø \\"north\\""} ${(20 + 5 * Math.sin(i / 20)).toFixed(3)} ${FIRST + i * 60}.5`);
  lines.push("# TYPE odd gauge");
  ["NaN", "+Inf", "-Inf", "-0", "1e-310", "1.7976931348623157e308"].forEach((v, i) => lines.push(`odd ${v} ${FIRST + i * 60}`));
  return lines.join("\n") + "\n# EOF\n";
}

// From promtool: blocks of two hours.
const source = temporaryFolder();
const made = await promtool("tsdb", "create-blocks-from", "openmetrics", writeTemporary("in.om", openMetrics()), source);
equal(made.code, 0, `promtool create-blocks-from: ${made.errors}`);
const sourceUlids = readdirSync(source).filter(isUlid).sort();
const sourceDump = await dump(source);
const dataDir = temporaryFolder();

await check("a dry run reads everything and writes nothing", async () => {
  const { code, out } = await isobarRun("import", source, "--data", dataDir, "--dry-run");
  equal(code, 0, out);
  equal(out.trim().split("\n").at(-1), `${sourceUlids.length} to import, 0 before, 0 skipped, 0 failed: 3306 samples`);
  equal(readdirSync(dataDir), []);
});

await check("blocks are imported once", async () => {
  const first = await isobarRun("import", source, "--data", dataDir);
  equal(first.code, 0, first.errors);
  equal(first.out.trim().split("\n").at(-1), `${sourceUlids.length} imported, 0 before, 0 skipped, 0 failed: 3306 samples`);
  holds(first.errors.includes("/wal holds samples"), "the write-ahead log is mentioned");
  const again = await isobarRun("import", source, "--data", dataDir);
  equal(again.code, 0);
  equal(again.out.trim().split("\n").at(-1), `0 imported, ${sourceUlids.length} before, 0 skipped, 0 failed: 0 samples`);
});

const queries = [
  "requests_total",
  "temperature",
  "odd",
  'sum by (job) (rate(requests_total{instance=~"a|b"}[5m]))',
  "resets(requests_total[1h])",
  "max_over_time(temperature[30m]) - min_over_time(temperature[30m])",
  "count_over_time(requests_total[10m])",
];
const range = { start: FIRST + 7.3, end: FIRST + 1500 * 15 + 400.3, step: 61 };

function sorted(data) {
  const key = (s) => JSON.stringify(Object.entries(s.metric).sort());
  const samples = (s) => s.values ?? s.histograms ?? [s.value ?? s.histogram];
  return data.result.map((s) => ({ key: key(s), values: samples(s) })).sort((a, b) => (a.key < b.key ? -1 : 1));
}
// Equal but for the last bits of sums and of bucket bounds. Values are texts, histograms objects of texts.
function near(a, b) {
  if (a === b) return true;
  if (typeof a === "object") return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => near(a[key], b[key]));
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y));
}
async function sameAnswers(ours, theirs, query, params, path = "query_range") {
  const [a, b] = (await Promise.all([ours, theirs].map((url) => api(url, path, { query, ...params })))).map(sorted);
  equal(a.map((s) => s.key), b.map((s) => s.key), `${query}: series`);
  holds(b.length > 0, `${query}: nothing was compared`);
  a.forEach((s, i) => {
    equal(s.values.map((v) => v[0]), b[i].values.map((v) => v[0]), `${query}: timestamps`);
    s.values.forEach(([, value], n) => {
      holds(near(value, b[i].values[n][1]), `${query}: ${s.key} at ${b[i].values[n][0]}: got ${JSON.stringify(value)}, expected ${JSON.stringify(b[i].values[n][1])}`);
    });
  });
}

const prometheus = await startPrometheusOn(source);
const isobar = await startIsobar({ dataDir, args: ["--host.off"] });
for (const query of queries) {
  await check(`Isobar answers from imported blocks as Prometheus from its own: ${query}`, () => sameAnswers(isobar.url, prometheus.url, query, range));
}

await check("mounted blocks are answered from where they lie, damaged ones are named", async () => {
  const folder = temporaryFolder();
  for (const ulid of sourceUlids) cpSync(join(source, ulid), join(folder, ulid), { recursive: true });
  const server = await startIsobar({ args: ["--host.off", "--storage.mount", folder] });
  for (const query of queries) await sameAnswers(server.url, prometheus.url, query, range);
  const places = await api(server.url, "label/place/values");
  equal(places, ['Tromsø "north"']);
  await server.stop();
  writeFileSync(join(folder, sourceUlids[0], "meta.json"), "{}");
  const lame = await startIsobar({ args: ["--host.off", "--storage.mount", folder] });
  const ready = await (await fetch(`${lame.url}/-/ready`)).text();
  holds(ready.includes(`${sourceUlids[0]}: meta.json:1: "version" is missing`), ready);
  const first = await api(lame.url, "query", { query: "count(count_over_time(requests_total[10h]))", time: range.end });
  equal(first.result[0].value[1], "2", "the other blocks");
  await lame.stop();
});

await check("a data directory in use is refused", async () => {
  for (const words of [["import", source, "--data", dataDir], ["export", "--data", dataDir, "--output", temporaryFolder()]]) {
    const { code, errors } = await isobarRun(...words);
    equal(code, 1);
    holds(errors.includes("another isobar process uses this data directory"), errors);
  }
});

await check("deleted samples stay away", async () => {
  const asked = await fetch(
    `${prometheus.url}/api/v1/admin/tsdb/delete_series?${new URLSearchParams({ "match[]": 'requests_total{instance="a"}', start: FIRST + 100, end: FIRST + 9000 })}`,
    { method: "POST" },
  );
  equal(asked.status, 204);
  const query = 'count_over_time(requests_total{instance="a"}[10h])';
  const time = FIRST + 1500 * 15;
  const left = (await api(prometheus.url, "query", { query, time })).result[0].value[1];
  await prometheus.stop();
  const other = temporaryFolder();
  const { code, errors } = await isobarRun("import", ...sourceUlids.map((ulid) => join(source, ulid)), "--data", other, "--tenant", "team-a");
  equal(code, 0, errors);
  const server = await startIsobar({ dataDir: other, args: ["--host.off"] });
  const answer = await fetch(`${server.url}/api/v1/query?${new URLSearchParams({ query, time })}`, { headers: { "X-Scope-OrgID": "team-a" } });
  equal((await answer.json()).data.result[0].value[1], left);
  equal(left, "906", "what Prometheus kept"); // 7 until second 100, none until second 9000 inclusive, 899 after it
  await server.stop();
});

await check("what was there before stays and counts once", async () => {
  const folder = temporaryFolder();
  const before = await startIsobar({ dataDir: folder, args: ["--host.off", "--limits.max-past-seconds", "0"] });
  // The second and third sample of the series with another value, and one between the second and the third.
  const mine = series({ __name__: "requests_total", job: "api", instance: "a" }, [[1001, (FIRST + 15) * 1000], [1002, (FIRST + 20) * 1000], [1003, (FIRST + 30) * 1000]]);
  const written = await fetch(`${before.url}/api/v1/push`, { method: "POST", headers, body: snappy(mine) });
  equal(written.status, 204, await written.text());
  await before.stop("SIGKILL"); // so the samples are in the log only
  const { code, errors } = await isobarRun("import", join(source, sourceUlids[0]), "--data", folder);
  equal(code, 0, errors);
  const after = await startIsobar({ dataDir: folder, args: ["--host.off"] });
  const data = await api(after.url, "query", { query: 'requests_total{instance="a"}[50s]', time: FIRST + 49 });
  equal(data.result[0].values, [[FIRST, "0"], [FIRST + 15, "1001"], [FIRST + 20, "1002"], [FIRST + 30, "1003"], [FIRST + 45, "9"]]);
  await after.stop();
});

await isobar.stop();
const exported = temporaryFolder();
await check("promtool reads what is exported, sample for sample", async () => {
  // The server may have measured itself, which is now.
  const { code, errors, out } = await isobarRun("export", "--data", dataDir, "--output", exported, "--end", String(FIRST + 86_400));
  equal(code, 0, errors);
  equal(out.trim().split("\n").at(-1), `${sourceUlids.length} blocks, 3306 samples`);
  equal(await dump(exported), sourceDump);
});

await check("promtool lists and analyses it", async () => {
  const columns = (text) => text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/).slice(1, 5));
  const [ours, theirs] = await Promise.all([exported, source].map((folder) => promtool("tsdb", "list", folder)));
  equal(ours.code, 0, ours.errors);
  equal(columns(ours.out), columns(theirs.out), "times and samples");
  const exportedUlids = readdirSync(exported).filter(isUlid).sort();
  for (const i of sourceUlids.keys()) {
    const [a, b] = await Promise.all([[exported, exportedUlids[i]], [source, sourceUlids[i]]].map((words) => promtool("tsdb", "analyze", ...words)));
    equal(a.code, 0, a.errors);
    // Of equal counts the order is chance.
    const facts = (text) => text.split("\n").filter((line) => line && !line.startsWith("Block ID")).sort();
    equal(facts(a.out), facts(b.out));
    if (i === 0) holds(a.out.includes("\nSeries: 4\nLabel names: 4\nPostings (unique label pairs): 7\n"), a.out.slice(0, 300));
  }
});

await check("a selector, a time range and longer blocks", async () => {
  const folder = temporaryFolder();
  const { code, errors } = await isobarRun("export", "--data", dataDir, "--output", folder, "--match", 'requests_total{instance="a"}', "--match",
    '{__name__=~"odd|requests_total",instance!="b"}', "--start", String(FIRST + 60), "--end", String(FIRST + 7200), "--block-duration", "24h");
  equal(code, 0, errors);
  equal(readdirSync(folder).filter(isUlid).length, 2, "midnight lies between");
  const wanted = (line) => {
    const time = Number(line.split(" ").at(-1));
    return time >= (FIRST + 60) * 1000 && time <= (FIRST + 7200) * 1000 && (line.includes('instance="a"') || line.includes('"odd"'));
  };
  equal(await dump(folder), sourceDump.filter(wanted));
  const again = await isobarRun("export", "--data", dataDir, "--output", folder);
  equal(again.code, 2);
  holds(again.errors.includes("is not empty"), again.errors);
});

await check("a Prometheus serves the exported blocks", async () => {
  const copy = temporaryFolder();
  cpSync(source, copy, { recursive: true });
  // Deleted above: the blocks as they were made.
  for (const ulid of readdirSync(copy).filter(isUlid)) writeFileSync(join(copy, ulid, "tombstones"), Buffer.from("0130ba300100000000", "hex"));
  const [ours, theirs] = [await startPrometheusOn(exported), await startPrometheusOn(copy)];
  for (const query of queries) await sameAnswers(ours.url, theirs.url, query, range);
  await Promise.all([ours.stop(), theirs.stop()]);
});

await check("an import that was killed goes on where it was", async () => {
  const folder = temporaryFolder();
  const words = ["import", ...sourceUlids.map((ulid) => join(source, ulid)), "--data", folder];
  const child = start(binary, words);
  await until(() => child.output !== "" || child.exitCode !== null, "the first block");
  child.kill("SIGKILL");
  await child.ended;
  const { code, out, errors } = await isobarRun(...words);
  equal(code, 0, errors);
  const [, imported, before] = out.trim().split("\n").at(-1).match(/^(\d+) imported, (\d+) before, 0 skipped, 0 failed/);
  equal(Number(imported) + Number(before), sourceUlids.length);
  holds(Number(before) > 0, "the first block was done");
  const again = temporaryFolder();
  equal((await isobarRun("export", "--data", folder, "--output", again)).code, 0);
  const deleted = (line) => line.includes('instance="a"') && Number(line.split(" ").at(-1)) >= (FIRST + 100) * 1000 && Number(line.split(" ").at(-1)) <= (FIRST + 9000) * 1000;
  equal(await dump(again), sourceDump.filter((line) => !deleted(line)));
});

await check("damage is named, and the other blocks come in", async () => {
  const folder = temporaryFolder();
  cpSync(source, folder, { recursive: true });
  const file = join(folder, sourceUlids[1], "chunks", "000001");
  const bytes = readFileSync(file);
  bytes[60] ^= 4;
  writeFileSync(file, bytes);
  const { code, out, errors } = await isobarRun("import", folder, "--data", temporaryFolder());
  equal(code, 1);
  equal(out.trim().split("\n").at(-1).split(":")[0], `${sourceUlids.length - 1} imported, 0 before, 0 skipped, 1 failed`);
  holds(errors.includes(`${file}: chunk at 8 is damaged (checksum)`), errors);
});

// Histograms: field numbers of prompb.Histogram in remote write 1.0.
const varintBytes = (value) => {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
};
const zigzag = (value) => (value < 0 ? -value * 2 - 1 : value * 2);
const whole = (field, value) => Buffer.from([field << 3, ...varintBytes(value)]);
const double = (field, value) => {
  const out = Buffer.alloc(9);
  out[0] = (field << 3) | 1;
  out.writeDoubleLE(value, 1);
  return out;
};
const packed = (field, values) => message(field, values.flatMap((v) => varintBytes(zigzag(v))));
const packedDoubles = (field, values) => message(field, Buffer.concat(values.map((v) => double(0, v).subarray(1))));
const spans = (field, list) => Buffer.concat(list.map(([offset, length]) => message(field, Buffer.concat([whole(1, zigzag(offset)), whole(2, length)]))));
const deltas = (counts) => counts.map((count, i) => count - (counts[i - 1] ?? 0));
const total = (counts) => counts.reduce((a, b) => a + b, 0);

function histogram({ positive, negative, zeros, sum, time, floats }) {
  const count = total(positive) + total(negative) + zeros;
  const parts = [double(3, sum), whole(4, zigzag(2)), double(5, 0.001), spans(8, [[0, negative.length]]), spans(11, [[-1, 2], [3, positive.length - 2]])];
  if (floats) parts.push(double(2, count), double(7, zeros), packedDoubles(10, negative), packedDoubles(13, positive));
  else parts.push(whole(1, count), whole(6, zeros), packed(9, deltas(negative)), packed(12, deltas(positive)));
  parts.push(whole(15, time));
  return message(4, Buffer.concat(parts));
}

// 200 samples with a reset in the middle: more than one chunk, and one begins with the reset.
function histogramSeries(name, floats, first) {
  const labels = series({ __name__: name, job: "api" }, []);
  const body = [labels.subarray(labels.length - labels[1])];
  for (let i = 0; i < 200; ++i) {
    const n = i % 110;
    const scale = floats ? 0.5 : 1;
    body.push(histogram({ positive: [n, 2 * n, n, 3 + n].map((v) => v * scale), negative: [n * scale], zeros: 2 * scale, sum: n * 1.25, time: first + i * 5000, floats }));
  }
  return message(1, Buffer.concat(body));
}

// Whole histograms, bucket by bucket. Quantiles are not compared: Prometheus 3 and Isobar interpolate otherwise than 2.42.
const histogramQueries = ["hi", "hf", "histogram_count(hi)", "histogram_sum(hf)"];

const first = Math.floor(Date.now() / 1000 - 1800) * 1000;
const histogramRange = { start: first / 1000 + 1.1, end: first / 1000 + 1000.1, step: 7 };
const theirFolder = temporaryFolder();
const theirs = await startPrometheusOn(theirFolder);
const imported = temporaryFolder();

await check("histograms in chunks of Prometheus come into Isobar", async () => {
  const body = snappy(Buffer.concat([histogramSeries("hi", false, first), histogramSeries("hf", true, first)]));
  const written = await fetch(`${theirs.url}/api/v1/write`, { method: "POST", headers, body });
  equal(written.status, 204, await written.text());
  const snapshot = await fetch(`${theirs.url}/api/v1/admin/tsdb/snapshot`, { method: "POST" });
  const folder = join(theirFolder, "snapshots", (await snapshot.json()).data.name);
  const { code, out, errors } = await isobarRun("import", folder, "--data", imported);
  equal(code, 0, errors);
  holds(out.trim().endsWith("1 imported, 0 before, 0 skipped, 0 failed: 400 samples"), out);
  const server = await startIsobar({ dataDir: imported, args: ["--host.off"] });
  for (const query of histogramQueries) await sameAnswers(server.url, theirs.url, query, histogramRange);
  await server.stop();
});

await check("histograms in our chunks go back into a Prometheus", async () => {
  const folder = temporaryFolder();
  const { code, errors } = await isobarRun("export", "--data", imported, "--output", folder, "--match", '{job="api"}');
  equal(code, 0, errors);
  // promtool 2.42 dumps floats only; it must still read the block without an error.
  equal(await dump(folder), []);
  const listed = await promtool("tsdb", "list", folder);
  equal(total(listed.out.trim().split("\n").slice(1).map((line) => Number(line.trim().split(/\s+/)[4]))), 400, "samples listed");
  const again = await startPrometheusOn(folder);
  for (const query of histogramQueries) await sameAnswers(again.url, theirs.url, query, histogramRange);
  await sameAnswers(again.url, theirs.url, "histogram_quantile(0.9, hi)", histogramRange);
  const resets = "resets(histogram_count(hi)[15m:5s])";
  equal((await api(again.url, "query", { query: resets, time: first / 1000 + 995 })).result[0].value[1], "1", "the reset");
  await again.stop();
});

await finish();
