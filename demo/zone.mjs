// ./dev demo zone: what happens when a node goes away and no node comes back to its zone.
//
// A process with its log and blocks in a bucket is killed, its disk deleted, and it starts again with an empty one, as a pod
// does in another zone. Beside it a Prometheus whose volume stays where it was. Both get the same load, whose senders repeat
// what was not acknowledged, as Prometheus' own remote write does; what has been acknowledged must be there, once.
import { rmSync } from "node:fs";
import { api, start, startIsobar, temporaryFolder, until, freePort, writeTemporary, memory } from "../tests/e2e/harness.mjs";
import { push, series, snappy, headers } from "../tests/e2e/remote_write.mjs";
import { haveS3, startS3, useCredentials } from "../tests/e2e/s3_server.mjs";

const kLanes = 4;
const kSeriesPerLane = 250;
const kSeconds = Number(process.argv[2] ?? 10);
// us-east-1, on demand, decisions/prices.yaml.
const kPrices = { put: 0.005 / 1000, get: 0.0004 / 1000, gigabyte: 0.023 };
const kMonth = 2_628_000;

if (!haveS3) {
  console.error("no S3 server under build/tools: ./dev demo builds it where there is Go");
  process.exit(1);
}
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const dollars = (usd) => `$${usd.toFixed(2)}`;

// Senders and a reader that follow the server to whatever address it has.
class Load {
  constructor(path) {
    Object.assign(this, { path, url: undefined, stop: false, acknowledged: new Map(), writes: [], reads: [], clock: Date.now() - 3_600_000 });
  }
  async sender(lane) {
    const mine = [];
    this.acknowledged.set(lane, mine);
    for (let round = 0; !this.stop; round += 1) {
      const t = (this.clock += 5);
      const parts = Array.from({ length: kSeriesPerLane }, (_, n) => series({ __name__: "demo", lane: String(lane), n: String(n), job: `j${n % 10}` }, [[round, t]]));
      const body = snappy(Buffer.concat(parts));
      for (let sent = false; !sent && !this.stop; ) {
        const response = await fetch(`${this.url}${this.path}`, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) }).catch(() => ({ status: 0 }));
        sent = response.status === 204;
        if (sent) {
          mine.push(t);
          this.writes.push(performance.now());
        } else await wait(20);
      }
      await wait(25);
    }
  }
  async reader() {
    while (!this.stop) {
      const found = await api(this.url, "query", { query: "count(last_over_time(demo[2h]))" }).then((data) => Number(data.result[0]?.value[1] ?? 0)).catch(() => 0);
      // An answer that lacks series is no answer.
      if (found === kLanes * kSeriesPerLane) this.reads.push(performance.now());
      await wait(20);
    }
  }
  begin() {
    this.work = [...Array.from({ length: kLanes }, (_, lane) => this.sender(lane)), this.reader()];
  }
  async end() {
    this.stop = true;
    await Promise.all(this.work);
  }
  // How many acknowledged samples are missing, and how many are there twice.
  async audit(url) {
    let lost = 0;
    let doubled = 0;
    let all = 0;
    for (const [lane, times] of this.acknowledged) {
      const data = await api(url, "query", { query: `demo{lane="${lane}"}[2h]`, time: String(this.clock / 1000 + 1) });
      const found = new Map(data.result.map((one) => [one.metric.n, one.values.map(([t]) => Math.round(t * 1000))]));
      for (let n = 0; n < kSeriesPerLane; n += 1) {
        const there = found.get(String(n)) ?? [];
        const once = new Set(there);
        doubled += there.length - once.size;
        all += times.length;
        lost += times.filter((t) => !once.has(t)).length;
      }
    }
    return { lost, doubled, all };
  }
}

const longestGap = (times, from) => {
  const later = times.filter((t) => t > from);
  const before = times.filter((t) => t <= from).at(-1) ?? from;
  return later.length === 0 ? Infinity : later[0] - before;
};

async function metric(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith(name)).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

async function requests(url) {
  const of = (operation) => metric(url, `isobar_object_store_requests_total{operation="${operation}"}`);
  return { puts: (await of("put")) + (await of("list")), gets: await of("get") };
}

function report(name, { lost, doubled, all }, writes, reads, note) {
  const away = (ms) => (ms === Infinity ? "for ever" : seconds(ms));
  console.log(`\n${name}`);
  console.log(`  acknowledged      ${all.toLocaleString("en-US")} samples`);
  console.log(`  lost              ${lost.toLocaleString("en-US")}`);
  console.log(`  doubled           ${doubled.toLocaleString("en-US")}`);
  console.log(`  writes away       ${away(writes)}`);
  console.log(`  full reads away   ${away(reads)}`);
  for (const line of note) console.log(`  ${line}`);
}

async function isobar() {
  const s3 = await startS3();
  const args = ["--host.off", "--config", "/dev/null", "--storage.bucket", s3.bucket("demo"), "--storage.flush-age", "3s"];
  const zoneA = temporaryFolder();
  let server = await startIsobar({ dataDir: zoneA, args });
  const load = new Load("/api/v1/push");
  load.url = server.url;
  load.begin();
  await wait(kSeconds * 500);
  const before = { ...(await requests(server.url)), at: performance.now() };
  await wait(kSeconds * 500);
  const after = { ...(await requests(server.url)), at: performance.now() };
  const killed = performance.now();
  server.child.kill("SIGKILL");
  await server.child.ended;
  rmSync(zoneA, { recursive: true, force: true });
  server = await startIsobar({ dataDir: temporaryFolder(), args });
  load.url = server.url;
  await wait(kSeconds * 500);
  await load.end();
  const result = await load.audit(server.url);
  const rate = (name) => (after[name] - before[name]) / ((after.at - before.at) / 1000);
  const bill = rate("puts") * kMonth * kPrices.put + rate("gets") * kMonth * kPrices.get;
  report("Isobar, log and blocks in a bucket: killed, its disk deleted, started in another zone", result, longestGap(load.writes, killed), longestGap(load.reads, killed), [
    `the new process was ready after ${seconds(server.readyMs)}; a node that has to be started first comes on top`,
    `bucket            ${rate("puts").toFixed(1)} PUT and LIST, ${rate("gets").toFixed(1)} GET a second under this load: ${dollars(bill)} a month`,
    `                  of requests at list price, us-east-1; a longer --storage.log-window is cheaper`,
  ]);
  await server.stop();
  await s3.kill();
}

async function startPrometheus(folder) {
  const port = await freePort();
  const child = start("/usr/bin/prometheus", [`--config.file=${writeTemporary("prometheus.yml", "{}\n")}`, `--storage.tsdb.path=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`, "--web.enable-remote-write-receiver", "--log.level=error"]);
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`)).ok, "Prometheus to be ready", 30);
  return { child, url };
}

async function prometheus() {
  const volume = temporaryFolder();
  let server = await startPrometheus(volume);
  const load = new Load("/api/v1/write");
  load.url = server.url;
  load.begin();
  await wait(kSeconds * 1000);
  const killed = performance.now();
  server.child.kill("SIGKILL");
  await server.child.ended;
  // The volume stays in its zone. Kubernetes leaves the pod Pending; somebody gives it a new volume.
  server = await startPrometheus(temporaryFolder());
  load.url = server.url;
  await wait(kSeconds * 500);
  await load.end();
  const result = await load.audit(server.url);
  report("Prometheus, its volume left behind in the zone: started in another zone with a new one", result, longestGap(load.writes, killed), longestGap(load.reads, killed), [
    "with the old volume the pod stays Pending until a node comes back to its zone, or a human acts",
  ]);
  server.child.kill("SIGKILL");
}

useCredentials();
console.log(`${kLanes} senders of ${kSeriesPerLane} series and a reader, ${kSeconds} s before the failure, ${kSeconds / 2} s after it`);
await isobar();
await prometheus();
process.exit(0);
