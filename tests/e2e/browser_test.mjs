// The page tests of ui/browser_test in headless Chromium, against a server that measures this machine.
import { spawnSync } from "node:child_process";
import { api, check, finish, startIsobar, until } from "./harness.mjs";

const isobar = await startIsobar({ args: ["--host.interval", "1s"] });
await until(async () => (await api(isobar.url, "query", { query: "count_over_time(node_load1[1m]) > 8" })).result.length > 0, "some seconds of data", 60);
const run = spawnSync(process.execPath, ["ui/browser_test/run.mjs", "--url", isobar.url], { encoding: "utf8" });
for (const line of run.stdout.split("\n")) {
  const match = line.match(/^(ok|FAIL) +(.*)$/);
  if (match) await check(match[2], () => { if (match[1] === "FAIL") throw new Error(run.stdout.split(line)[1].split("\nok ")[0]); });
}
await check("the page tests ran", () => { if (!/\d+ passed, \d+ failed/.test(run.stdout)) throw new Error(run.stdout + run.stderr); });
await finish();
