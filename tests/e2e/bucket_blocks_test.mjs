// Blocks of Prometheus, as Mimir and Thanos keep them in buckets: queried where they lie, and taken over into a bucket.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { api, binary, check, equal, finish, holds, startIsobar, temporaryFolder, until, writeTemporary } from "./harness.mjs";
import { haveS3, startS3, useCredentials } from "./s3_server.mjs";

if (!haveS3) {
  console.log("skipped: no S3 server (./dev test installs it where there is Go)\n0 passed, 0 failed");
  process.exit(0);
}
useCredentials();
const quiet = ["--host.off", "--config", "/dev/null"];
const FIRST = 1_700_000_000;
const s3 = await startS3();

// Three days of blocks by promtool, put where Mimir has those of its tenant "team".
const made = temporaryFolder();
const lines = ["# TYPE requests counter"];
for (const instance of ["a", "b"]) {
  for (let i = 0; i < 3000; i += 1) lines.push(`requests_total{job="api",instance="${instance}"} ${i * 3} ${FIRST + i * 60}`);
}
execFileSync("/usr/bin/promtool", ["tsdb", "create-blocks-from", "openmetrics", writeTemporary("in.om", `${lines.join("\n")}\n# EOF\n`), made], { stdio: "ignore" });
const blocks = readdirSync(made).filter((name) => /^[0-7][0-9A-Z]{25}$/.test(name));
const tenant = join(s3.folder, "bucket", "mimir", "team");
mkdirSync(tenant, { recursive: true });
for (const block of blocks) cpSync(join(made, block), join(tenant, block), { recursive: true });
const place = s3.bucket("mimir/team");
const question = { query: "sum by (instance) (increase(requests_total[30m]))", start: String(FIRST + 3600), end: String(FIRST + 170_000), step: "600" };

let mounted;
await check("queries read a bucket of Mimir in place", async () => {
  holds(blocks.length > 5, "too few blocks for a test");
  const isobar = await startIsobar({ args: [...quiet, "--storage.mount", place] });
  mounted = await api(isobar.url, "query_range", question);
  equal(mounted.result.length, 2, "series");
  holds(mounted.result[0].values.length > 270, "steps");
  equal((await api(isobar.url, "query", { query: "count_over_time(requests_total[3d])", time: String(FIRST + 180_000) })).result.map((one) => one.value[1]), ["3000", "3000"], "samples");
  await isobar.stop();
});

await check("isobar import takes them over, once", async () => {
  const data = temporaryFolder();
  const first = spawnSync(binary, ["import", "--data", data, place], { encoding: "utf8" });
  equal(first.status, 0, first.stderr);
  holds(first.stdout.endsWith(`${blocks.length} imported, 0 before, 0 skipped, 0 failed: 6000 samples\n`), first.stdout);
  const again = spawnSync(binary, ["import", "--data", data, place], { encoding: "utf8" });
  holds(again.stdout.endsWith(`0 imported, ${blocks.length} before, 0 skipped, 0 failed: 0 samples\n`), again.stdout);
  const isobar = await startIsobar({ dataDir: data, args: quiet });
  equal(await api(isobar.url, "query_range", question), mounted, "answer");
  await isobar.stop();
});

await check("into a bucket as well", async () => {
  const args = [...quiet, "--storage.bucket", s3.bucket("isobar")];
  const run = spawnSync(binary, ["import", "--data", temporaryFolder(), "--storage.bucket", s3.bucket("isobar"), place], { encoding: "utf8" });
  equal(run.status, 0, run.stderr);
  holds(run.stdout.endsWith(`${blocks.length} imported, 0 before, 0 skipped, 0 failed: 6000 samples\n`), run.stdout);
  const isobar = await startIsobar({ args });
  equal(await api(isobar.url, "query_range", question), mounted, "answer");
  // They are merged and deleted from like any other.
  await isobar.stop();
  const next = await startIsobar({ args: [...args, "--web.enable-admin-api"] });
  equal((await fetch(`${next.url}/api/v1/admin/tsdb/delete_series?match[]=${encodeURIComponent('requests_total{instance="a"}')}`, { method: "POST" })).status, 204, "delete");
  equal((await fetch(`${next.url}/api/v1/admin/tsdb/clean_tombstones`, { method: "POST" })).status, 204, "clean");
  equal((await api(next.url, "query_range", question)).result.map((one) => one.metric.instance), ["b"], "what is left");
  await next.stop();
});

await check("a bucket that cannot be mounted is said, and the rest is served", async () => {
  const isobar = await startIsobar({ args: [...quiet, "--storage.mount", "s3://no-such-bucket/x?endpoint=http://127.0.0.1:" + s3.port] });
  const text = await until(async () => {
    const ready = await fetch(`${isobar.url}/-/ready`);
    return ready.status === 200 && (await ready.text());
  }, "ready");
  holds(text.includes("mounted blocks: there is no such bucket; make it, or correct its name (NoSuchBucket): s3://no-such-bucket/x"), text);
  await isobar.stop();
});

await s3.kill();
await finish();
