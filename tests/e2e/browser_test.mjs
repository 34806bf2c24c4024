// The page tests of ui/browser_test in headless Chromium, against a server that measures this machine.
import { spawnSync } from "node:child_process";
import { api, check, equal, finish, startIsobar, until } from "./harness.mjs";
import { push, series, snappy } from "./remote_write.mjs";

const isobar = await startIsobar({ args: ["--host.interval", "1s"] });
await until(async () => (await api(isobar.url, "query", { query: "count_over_time(node_load1[1m]) > 8" })).result.length > 0, "some seconds of data", 60);
await until(async () => (await api(isobar.url, "query", { query: "process_resident_memory_bytes" })).result.length > 0, "own metrics", 60);

// A past for pages that look back or zoom in: every series as it is now, rising over the hour before.
const now = Date.now();
const current = (await api(isobar.url, "query", { query: '{job!=""}' })).result;
for (const one of current) {
  const samples = [];
  for (let age = 3600; age > 20; age -= 5) samples.push([Number(one.value[1]) * (1 - age / 7200), now - age * 1000]);
  equal((await push(isobar.url, snappy(series(one.metric, samples)))).status, 204, "backfill");
}

const run = spawnSync(process.execPath, ["ui/browser_test/run.mjs", "--url", isobar.url], { encoding: "utf8" });
for (const line of run.stdout.split("\n")) {
  if (line.startsWith("figure:")) console.log(line);
  const match = line.match(/^(ok|FAIL) +(.*)$/);
  if (match) await check(match[2], () => { if (match[1] === "FAIL") throw new Error(run.stdout.split(line)[1].split("\nok ")[0]); });
}
await check("the page tests ran", () => { if (!/\d+ passed, \d+ failed/.test(run.stdout)) throw new Error(run.stdout + run.stderr); });
await finish();
