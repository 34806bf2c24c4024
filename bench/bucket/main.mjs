// ./dev bench bucket: what it costs to keep the log in a bucket instead of on a disk. The S3 server runs on this machine too.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { push, series, snappy } from "../../tests/e2e/remote_write.mjs";
import { haveS3, startS3, useCredentials } from "../../tests/e2e/s3_server.mjs";
import { lastIsThere } from "../metrics/rows/recovery.mjs";
import { cleanUp, generate, remove, startIsobar, until, wait } from "../metrics/servers.mjs";
import { median, megabytes, thousands, wrapped } from "../metrics/table.mjs";

const usage = `usage: ./dev bench bucket [--quick] [--row NAME]...

  --quick      less of everything: which way a change went
  --row NAME   only that row; may be repeated:
                 ingest   samples per CPU-second beside the local log
                 latency  time from a write to its acknowledgement
                 ready    from an empty disk, a million series in the bucket
                 blocks   to open a bucket of ten thousand blocks
                 away     the bucket is away for ten minutes

"Per CPU-second" counts the process of Isobar alone, from start to exit.
`;
const { values: options } = parseArgs({ options: { quick: { type: "boolean", default: false }, row: { type: "string", multiple: true }, help: { type: "boolean", short: "h", default: false } } });
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!haveS3) throw new Error("no S3 server under build/tools: ./dev test builds it");
useCredentials();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (cleanUp(), process.exit(130)));
const wanted = (name) => !options.row || options.row.includes(name);
const say = (text) => console.log(wrapped(text, "    "));
const line = (name, target, value, holds) => console.log(`${name.padEnd(42)} ${target.padStart(12)} ${value.padStart(14)} ${holds ? "pass" : "fail"}`);
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
let buckets = 0;
const args = (s3) => ["--limits.max-series", "0", ...(s3 ? ["--storage.bucket", s3.bucket(`bench-${++buckets}`)] : [])];

console.log(`${cpus().length} cores, ${cpus()[0].model.trim()}`);
console.log(`${"".padEnd(42)} ${"target".padStart(12)} ${"bucket".padStart(14)}\n${"-".repeat(76)}`);
let failed = false;
const row = (name, target, value, holds) => {
  failed ||= !holds;
  line(name, target, value, holds);
};

async function ingestOnce(s3, shape) {
  const server = await startIsobar(args(s3));
  const sent = await generate("metrics_load", ["--url", server.writeUrl, "--series", shape.series, "--rounds", shape.rounds, "--version", 1, "--connections", 20]);
  const puts = s3 ? await server.metric('isobar_object_store_requests_total{operation="put"}') : 0;
  const { cpuSeconds, ended } = server.stop();
  await ended;
  remove(server.folder);
  return { rate: sent.acknowledged / cpuSeconds, wall: sent.acknowledged / sent.seconds, puts };
}

if (wanted("ingest")) {
  const s3 = await startS3();
  const shape = options.quick ? { series: 100_000, rounds: 50, runs: 1 } : { series: 200_000, rounds: 50, runs: 3 };
  const local = [];
  const bucket = [];
  for (let i = 0; i < shape.runs; i += 1) {
    local.push(await ingestOnce(undefined, shape));
    bucket.push(await ingestOnce(s3, shape));
  }
  const ratio = median(bucket.map((one, i) => one.rate / local[i].rate));
  row("ingest per CPU-s, of the local log's", "0.60", ratio.toFixed(2), ratio >= 0.6);
  say(`local ${local.map(({ rate }) => thousands(rate)).join(", ")}; bucket ${bucket.map(({ rate }) => thousands(rate)).join(", ")} samples per CPU-second; ` +
    `wall ${thousands(median(local.map(({ wall }) => wall)))} and ${thousands(median(bucket.map(({ wall }) => wall)))} samples a second; ${bucket.at(-1).puts} puts`);
  await s3.kill();
}

if (wanted("latency")) {
  const s3 = await startS3();
  const server = await startIsobar(args(s3));
  const times = [];
  const until = Date.now() + (options.quick ? 10 : 60) * 1000;
  let clock = Date.now() - 3_600_000;
  const lane = async (n) => {
    for (let i = 0; Date.now() < until; i += 1) {
      const body = snappy(Buffer.concat(Array.from({ length: 500 }, (_, k) => series({ __name__: "latency", job: `j${n}`, k: String(k) }, [[i, clock]]))));
      clock += 3;
      const began = performance.now();
      const { status } = await push(server.url, body);
      if (status !== 204) throw new Error(`status ${status}`);
      times.push(performance.now() - began);
      await wait(0.05 * ((n % 7) / 7));
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, n) => lane(n)));
  times.sort((a, b) => a - b);
  row("acknowledgement p99, ms", "600", at(times, 0.99).toFixed(0), at(times, 0.99) < 600);
  say(`${thousands(times.length)} writes of 500 samples from 16 senders at defaults: median ${at(times, 0.5).toFixed(0)} ms, longest ${times.at(-1).toFixed(0)} ms`);
  await server.stop("SIGKILL").ended;
  remove(server.folder);
  await s3.kill();
}

if (wanted("ready")) {
  const s3 = await startS3();
  const count = options.quick ? 100_000 : 1_000_000;
  const words = args(s3);
  const server = await startIsobar(words);
  // Blocks and a long log: as much as six million samples a partition let it keep.
  const rounds = options.quick ? 40 : 40;
  const sent = await generate("metrics_load", ["--url", server.writeUrl, "--series", count, "--rounds", rounds, "--connections", 20, "--until-failure"]);
  const log = await server.metric("isobar_ingest_log_objects");
  const blocks = await server.metric("isobar_blocks");
  server.child.kill("SIGKILL");
  await server.ended;
  remove(server.folder);
  const began = performance.now();
  const again = await startIsobar(words);
  const readyAfter = (performance.now() - began) / 1000;
  const head = await again.metric("isobar_head_series");
  await until(() => lastIsThere(again, sent, 1000), "the last acknowledged samples", 600);
  const seconds = (performance.now() - began) / 1000;
  row(`ready from an empty disk, ${thousands(count)} series, s`, "10", seconds.toFixed(2), seconds <= 10);
  say(`${thousands(sent.acknowledged)} samples, ${log} objects of the log, ${blocks} blocks; /-/ready after ${readyAfter.toFixed(2)} s, all samples after ` +
    `${seconds.toFixed(2)} s; ${thousands(await again.metric("isobar_head_series"))} series in memory (${thousands(head)} when first asked)`);
  await again.stop("SIGKILL").ended;
  remove(again.folder);
  await s3.kill();
}

// CRC-32C, of the manifest's text.
function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

if (wanted("blocks")) {
  const s3 = await startS3();
  const words = [...args(s3), "--storage.flush-age", "1s"];
  const first = await startIsobar(words);
  const now = Date.now();
  await push(first.url, snappy(series({ __name__: "one", job: "j" }, [[1, now]])));
  await until(async () => (await first.metric("isobar_blocks")) > 0, "a block");
  await first.stop().ended;
  // The same block under many names, of other days.
  const path = join(s3.folder, "bucket", `bench-${buckets}`, "metrics", "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const one = manifest.blocks[0];
  for (let i = 0; i < 10_000; i += 1) {
    const time = now - (i + 2) * 86_400_000;
    manifest.blocks.push({ ...one, id: `block-${i}`, key: `metrics/blocks/block-${i}`, min_time: time, max_time: time });
  }
  delete manifest.checksum;
  const text = JSON.stringify(manifest).slice(0, -1);
  writeFileSync(path, `${text},"checksum":"${crc32c(Buffer.from(text)).toString(16).padStart(8, "0")}"}\n`);
  const again = await startIsobar(words);
  const blocks = await again.metric("isobar_blocks");
  row("to open a bucket of 10,000 blocks, s", "1", again.readySeconds.toFixed(2), again.readySeconds < 1 && blocks > 10_000);
  say(`${thousands(blocks)} blocks in the manifest, ready after ${again.readySeconds.toFixed(2)} s with ${await again.metric('isobar_object_store_requests_total')} requests, ` +
    `${megabytes(again.memory().anonymous)} of memory`);
  await again.stop("SIGKILL").ended;
  remove(first.folder);
  remove(again.folder);
  await s3.kill();
}

if (wanted("away")) {
  let s3 = await startS3();
  const server = await startIsobar([...args(s3), "--storage.flush-age", "5s"]);
  const minutes = options.quick ? 1 : 10;
  let clock = Date.now() - 3_600_000;
  const acknowledged = [];
  let refused = 0;
  let stop = false;
  const lane = async (n) => {
    for (let i = 0; !stop; i += 1) {
      const t = (clock += 3);
      const body = snappy(Buffer.concat(Array.from({ length: 1000 }, (_, k) => series({ __name__: "away", job: `j${n}`, k: String(k) }, [[i, t]]))));
      const { status } = await push(server.url, body).catch(() => ({ status: 0 }));
      if (status === 204) acknowledged.push({ n, t });
      else refused += 1;
      if (status === 503) await wait(0.2);
    }
  };
  const lanes = Array.from({ length: 32 }, (_, n) => lane(n));
  await wait(10);
  const count = () => server.number("count(last_over_time(away[2h]))");
  const before = await count();
  const memoryBefore = server.memory().anonymous;
  await s3.kill();
  let reads = 0;
  let peak = 0;
  const back = Date.now() + minutes * 60_000;
  while (Date.now() < back) {
    if ((await count()) >= before) reads += 1;
    else throw new Error("a read lacks series while the bucket is away");
    peak = Math.max(peak, server.memory().anonymous);
    await wait(1);
  }
  const during = refused;
  s3 = await startS3({ folder: s3.folder, port: s3.port });
  const seen = acknowledged.length;
  const recoverFrom = performance.now();
  await until(() => acknowledged.length > seen + 10, "writes to be acknowledged again", 120);
  const recovered = (performance.now() - recoverFrom) / 1000;
  stop = true;
  await Promise.all(lanes);
  let lost = 0;
  for (let n = 0; n < 32; n += 1) {
    const mine = acknowledged.filter((one) => one.n === n);
    const data = await server.get("/api/v1/query", { query: `away{job="j${n}",k="7"}[2h]`, time: String(clock / 1000 + 1) });
    const there = new Set(data.result[0].values.map(([t]) => Math.round(t * 1000)));
    lost += mine.filter(({ t }) => !there.has(t)).length;
  }
  row(`bucket away for ${minutes} min: writes lost`, "0", String(lost), lost === 0 && refused > 0);
  say(`${thousands(reads)} reads of all series went on, ${thousands(during)} writes got 503, memory ${megabytes(memoryBefore)} before and ${megabytes(peak)} at most; ` +
    `the first writes were acknowledged ${recovered.toFixed(1)} s after the bucket came back, of ${thousands(acknowledged.length)}`);
  await server.stop("SIGKILL").ended;
  remove(server.folder);
  await s3.kill();
}
cleanUp();
process.exit(failed ? 1 : 0);
