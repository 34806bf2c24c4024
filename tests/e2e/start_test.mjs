// The first minute: ready on an empty directory, live data of this machine, commands, reload, memory at rest, shutdown.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { api, binary, check, equal, figure, finish, holds, memory, startIsobar, until, writeTemporary } from "./harness.mjs";

const isobar = await startIsobar({ args: ["--host.interval", "1s"] });
figure(`ready after ${isobar.readyMs} ms on an empty data directory`);

await check("this machine's graphs have data without configuration", async () => {
  await until(async () => (await api(isobar.url, "query", { query: "rate(node_cpu_seconds_total[10s])" })).result.length > 0, "rates of the CPU", 30);
  await until(async () => (await api(isobar.url, "query", { query: "up == 1" })).result.length >= 2, "host and own metrics to be up", 30);
});

await check("isobar query prints a table and JSON", () => {
  const table = execFileSync(binary, ["query", "--url", isobar.url, "up"], { encoding: "utf8" });
  holds(/^SERIES +VALUE\n/.test(table) && /up\{instance="[^"]+", job="node"\} +1/.test(table), table);
  const json = JSON.parse(execFileSync(binary, ["query", "--json", "--url", isobar.url, "1+1"], { encoding: "utf8" }));
  equal(json.data.result[1], "2");
  const wrong = spawnSync(binary, ["query", "--url", isobar.url, "sum("], { encoding: "utf8" });
  equal(wrong.status, 1, "exit status");
  holds(/1:5: parse error/.test(wrong.stderr), wrong.stderr);
});

await check("flags and commands explain themselves", () => {
  for (const words of [["--help"], ["serve", "--help"], ["query", "--help"], ["check", "--help"]]) {
    const help = execFileSync(binary, words, { encoding: "utf8" });
    holds(help.startsWith("usage: isobar"), help);
    for (const line of help.split("\n")) holds(line.length <= 80, `longer than 80 columns: ${line}`);
  }
  const typo = spawnSync(binary, ["serve", "--data-dri", "x"], { encoding: "utf8" });
  equal([typo.status, /did you mean --data-dir/.test(typo.stderr)], [2, true]);
});

await check("a profile of the ledger sets flags, and the command line outweighs it", async () => {
  const flags = async (args) => {
    const one = await startIsobar({ args: ["--profile", "isobar-dev", "--host.off", ...args] });
    const answer = await api(one.url, "status/flags");
    one.child.kill("SIGTERM");
    return [answer["memory.head"], answer["memory.queries"], answer.profile];
  };
  equal(await flags([]), ["512MB", "512MB", "isobar-dev"]);
  equal(await flags(["--memory.head", "256MiB"]), ["256MB", "512MB", "isobar-dev"]);
  const refused = (profile) => spawnSync(binary, ["serve", "--profile", profile], { encoding: "utf8" });
  const none = refused("stack-dev");
  equal([none.status, none.stderr], [2, "isobar serve: profile stack-dev has no Isobar: none of its decisions sets serve.…\n"]);
  const unknown = refused("prod");
  equal([unknown.status, unknown.stderr], [2, "isobar serve: flag --profile must be one of local, stack-prod, stack-dev, isobar-prod, isobar-dev: prod\n"]);
});

await check("isobar check config names file, line and the nearest key", () => {
  const file = writeTemporary("bad.yml", "global:\n  scrape_intervall: 5s\n");
  const result = spawnSync(binary, ["check", "config", file], { encoding: "utf8" });
  equal(result.status, 1, "exit status");
  holds(result.stdout.includes(`${file}:2`) && result.stdout.includes("scrape_interval"), result.stdout);
});

await check("a second process on the same directory is told what to do", () => {
  const second = spawnSync(binary, ["serve", "--data-dir", isobar.dataDir, "--listen", "127.0.0.1:0"], { encoding: "utf8" });
  equal(second.status, 1, "exit status");
  holds(/choose another --data-dir/.test(second.stderr), second.stderr);
});

await check("reload by SIGHUP and by POST; a wrong file leaves the old one in force", async () => {
  const file = writeTemporary("live.yml", "scrape_configs:\n  - job_name: first\n    static_configs: [{targets: ['127.0.0.1:1']}]\n");
  const other = await startIsobar({ args: ["--config", file, "--host.off"] });
  const pools = async () => (await api(other.url, "targets")).activeTargets.map((t) => t.scrapePool);
  await until(async () => (await pools()).includes("first"), "the first job", 10);
  writeFileSync(file, "scrape_configs:\n  - job_name: second\n    static_configs: [{targets: ['127.0.0.1:1']}]\n");
  other.child.kill("SIGHUP");
  await until(async () => (await pools()).includes("second"), "the second job", 10);
  writeFileSync(file, "scrape_configs:\n  - jobname: third\n");
  const response = await fetch(`${other.url}/-/reload`, { method: "POST" });
  equal(response.status, 500, "status");
  holds((await response.text()).includes("job_name"), "the answer names the nearest key");
  equal(await pools(), ["second"], "jobs");
  holds((await (await fetch(`${other.url}/-/ready`)).text()).includes("configuration"), "ready names what is degraded");
  await other.stop();
});

await check("an idle process stays small", async () => {
  await (await fetch(isobar.url)).text();
  const { rss, anonymous } = memory(isobar.child.pid);
  figure(`resident ${Math.round(rss / 1048576)} MB, of which anonymous ${Math.round(anonymous / 1048576)} MB, idle with host metrics and UI`);
  holds(rss <= 80 * 1048576, `${rss} bytes resident`);
});

await check("SIGTERM writes what is in memory and exits 0; a restart still has it", async () => {
  const time = Date.now() / 1000;
  const before = (await api(isobar.url, "query", { query: "node_load1", time })).result;
  equal((await isobar.stop()).code, 0, "exit status");
  const again = await startIsobar({ dataDir: isobar.dataDir, args: ["--host.off", "--config", "/dev/null"] });
  equal((await api(again.url, "query", { query: "node_load1", time })).result, before);
  await again.stop();
});

await finish();
