// Log and blocks in a bucket, no volume: whatever ends the process, the next one has all that was acknowledged, in whatever
// zone it starts.
import { rmSync } from "node:fs";
import { api, check, equal, finish, freePort, holds, start, startIsobar, temporaryFolder, until, binary } from "./harness.mjs";
import { push, series, snappy } from "./remote_write.mjs";
import { haveS3, startS3, useCredentials } from "./s3_server.mjs";
import { Trouble } from "./s3_trouble.mjs";

if (!haveS3) {
  console.log("skipped: no S3 server (./dev test installs it where there is Go)\n0 passed, 0 failed");
  process.exit(0);
}
useCredentials();
const quiet = ["--host.off", "--config", "/dev/null"];

// What writers were told: every timestamp that was acknowledged, by lane.
class Load {
  constructor(metric) {
    this.metric = metric;
    this.base = Date.now() - 3_600_000;
    this.clock = 0;
    this.acknowledged = new Map();
    this.refused = 0;
    this.retryAfter = 0;
  }
  async write(url, lane) {
    const t = this.base + this.clock++ * 7;
    const body = snappy(Buffer.concat([0, 1, 2, 3, 4].map((n) => series({ __name__: this.metric, lane: String(lane), n: String(n), job: `j${n}` }, [[t % 1000, t]]))));
    const response = await push(url, body);
    if (response.status === 204) {
      if (!this.acknowledged.has(lane)) this.acknowledged.set(lane, []);
      this.acknowledged.get(lane).push(t);
      return true;
    }
    this.refused += 1;
    if (response.status === 503 && response.headers.get("retry-after")) this.retryAfter += 1;
    return false;
  }
  // Until `state.stop`, or the process is gone.
  async lane(url, lane, state) {
    while (!state.stop) {
      try {
        if (await this.write(url, lane)) state.done += 1;
      } catch {
        return;
      }
    }
  }
  async expectAll(url) {
    let samples = 0;
    for (const [lane, times] of this.acknowledged) {
      const data = await api(url, "query", { query: `${this.metric}{lane="${lane}"}[2h]`, time: (this.base + this.clock * 7) / 1000 + 1 });
      equal(data.result.length, 5, "series");
      for (const one of data.result) {
        const found = one.values.map(([t]) => Math.round(t * 1000));
        holds(new Set(found).size === found.length, `lane ${lane}: a sample is there twice`);
        const there = new Set(found);
        const lost = times.filter((t) => !there.has(t));
        equal(lost, [], `lost of lane ${lane}`);
        samples += found.length;
      }
    }
    return samples;
  }
}

await check("killed, its disk deleted, started elsewhere, six times: nothing acknowledged is missing", async () => {
  const s3 = await startS3();
  const load = new Load("moved");
  for (let zone = 0; zone < 6; zone += 1) {
    const dataDir = temporaryFolder();
    const flush = zone % 2 ? ["--storage.flush-age", "1s"] : [];
    const isobar = await startIsobar({ dataDir, args: [...quiet, "--storage.bucket", s3.bucket("moved"), ...flush] });
    if (zone > 0) await load.expectAll(isobar.url);
    const state = { stop: false, done: 0 };
    const lanes = [0, 1, 2].map((lane) => load.lane(isobar.url, lane, state));
    await until(() => state.done > 12 + zone * 3, "some writes to be acknowledged", 60);
    if (zone === 4) {
      equal((await isobar.stop()).code, 0, "status after SIGTERM");
    } else {
      isobar.child.kill("SIGKILL");
      await isobar.child.ended;
    }
    state.stop = true;
    await Promise.all(lanes);
    rmSync(dataDir, { recursive: true, force: true });
  }
  const last = await startIsobar({ args: [...quiet, "--storage.bucket", s3.bucket("moved")] });
  holds((await load.expectAll(last.url)) > 200, "too few samples for a test");
  await last.stop();
  await s3.kill();
});

await check("the same while a third of all requests to the bucket go wrong", async () => {
  const s3 = await startS3();
  const trouble = await new Trouble(s3.port).listen();
  const load = new Load("troubled");
  for (let zone = 0; zone < 4; zone += 1) {
    const dataDir = temporaryFolder();
    const isobar = await startIsobar({ dataDir, args: [...quiet, "--storage.bucket", trouble.bucket("troubled"), "--storage.flush-age", "1s", "--storage.log-window", "50ms"] });
    trouble.share = 0.3;
    const state = { stop: false, done: 0 };
    const lanes = [0, 1, 2].map((lane) => load.lane(isobar.url, lane, state));
    await until(() => state.done > 15, "some writes to be acknowledged", 120);
    isobar.child.kill("SIGKILL");
    await isobar.child.ended;
    state.stop = true;
    await Promise.all(lanes);
    rmSync(dataDir, { recursive: true, force: true });
    trouble.share = 0;
  }
  const last = await startIsobar({ args: [...quiet, "--storage.bucket", trouble.bucket("troubled")] });
  holds((await load.expectAll(last.url)) > 200, "too few samples for a test");
  for (const fate of ["refused", "broken before", "broken after", "slow", "cut"]) holds(trouble.counts[fate] > 0, `nothing was ${fate}`);
  await last.stop();
  trouble.close();
  await s3.kill();
});

await check("while the bucket is away reads go on and writes get 503; then all goes on without a hand", async () => {
  const s3 = await startS3();
  const load = new Load("away");
  const isobar = await startIsobar({ args: [...quiet, "--storage.bucket", s3.bucket("away"), "--storage.flush-age", "1s"] });
  for (let i = 0; i < 5; i += 1) holds(await load.write(isobar.url, 0), "a write before the outage");
  // In blocks, and read once: the cache has them.
  await until(async () => (await (await fetch(`${isobar.url}/metrics`)).text()).match(/^isobar_blocks ([1-9])/m), "blocks");
  await load.expectAll(isobar.url);
  await s3.kill();
  const state = { stop: false, done: 0 };
  const lanes = [1, 2].map((lane) => load.lane(isobar.url, lane, state));
  await until(() => load.retryAfter >= 2, "503 with Retry-After", 120);
  await load.expectAll(isobar.url);
  const ready = await fetch(`${isobar.url}/-/ready`);
  equal(ready.status, 200, "ready");
  const text = await ready.text();
  holds(/degraded since \S+ bucket: s3:\/\/bucket\/away cannot be written for \d+ s; writes wait, then get 503/.test(text), text);
  equal(state.done, 0, "writes acknowledged while the bucket is away");
  const back = await startS3({ folder: s3.folder, port: s3.port });
  await until(() => state.done > 4, "writes to be acknowledged again", 60);
  state.stop = true;
  await Promise.all(lanes);
  await load.expectAll(isobar.url);
  await until(async () => (await (await fetch(`${isobar.url}/-/ready`)).text()) === "ready\n", "nothing to be degraded", 60);
  await isobar.stop();
  await back.kill();
});

await check("a bucket that is away at the start is waited for", async () => {
  const port = await freePort();
  const folder = temporaryFolder();
  const s3Port = await freePort();
  const child = start(binary, ["serve", "--data-dir", temporaryFolder(), "--listen", `127.0.0.1:${port}`, "--storage.bucket", `s3://bucket/late?endpoint=http://127.0.0.1:${s3Port}`, ...quiet]);
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/healthy`)).status === 200, "the process to be alive");
  const ready = await until(async () => {
    const response = await fetch(`${url}/-/ready`);
    const text = await response.text();
    return text.includes("Couldn't connect") && { status: response.status, retry: response.headers.get("retry-after"), text };
  }, "the reason");
  equal([ready.status, ready.retry], [503, "5"], "ready");
  equal(ready.text, `starting: cannot serve yet\ndegraded: bucket: s3://bucket/late/${ready.text.match(/late\/(probe\/[0-9a-f]{16})/)[1]}: Couldn't connect to server: http://127.0.0.1:${s3Port}\n`, "text");
  equal((await push(url, snappy(series({ __name__: "x" }, [[1, Date.now()]])))).status, 503, "a write");
  const s3 = await startS3({ folder, port: s3Port });
  await until(async () => (await fetch(`${url}/-/ready`)).status === 200, "the process to serve");
  equal((await push(url, snappy(series({ __name__: "x" }, [[1, Date.now()]])))).status, 204, "a write");
  child.kill("SIGTERM");
  equal((await child.ended).code, 0, "status");
  await s3.kill();
});

await check("two processes by mistake: the later one has the data, the other says so and loses nothing", async () => {
  const s3 = await startS3();
  const load = new Load("twice");
  const args = [...quiet, "--storage.bucket", s3.bucket("twice"), "--storage.flush-age", "1s"];
  const first = await startIsobar({ args });
  holds(await load.write(first.url, 0), "a write to the first");
  const second = await startIsobar({ args });
  const state = { stop: false, done: 0 };
  const lanes = [load.lane(second.url, 1, state), load.lane(second.url, 2, state)];
  const refused = await push(first.url, snappy(series({ __name__: "twice", lane: "lost" }, [[1, Date.now()]])));
  equal(refused.status, 503, "a write to the first");
  const why = await refused.text();
  holds(why.includes("another process has taken the ingest log over from this one"), why);
  const ready = await fetch(`${first.url}/-/ready`);
  equal(ready.status, 503, "ready");
  holds((await ready.text()).startsWith("replaced: another process has this data\n"), "the text of ready");
  await until(() => state.done > 20, "writes to the second", 60);
  await first.stop();
  await until(() => state.done > 30, "writes after the first is gone", 60);
  state.stop = true;
  await Promise.all(lanes);
  await load.expectAll(second.url);
  await second.stop();
  const third = await startIsobar({ args });
  await load.expectAll(third.url);
  await third.stop();
  await s3.kill();
});

await finish();
