// Line protocol and pages of metrics into the real program, found again after a restart.
import { gzipSync } from "node:zlib";
import { api, check, equal, finish, startIsobar, temporaryFolder } from "./harness.mjs";

const dataDir = temporaryFolder();
let isobar = await startIsobar({ dataDir, args: ["--host.off"] });
const now = Math.floor(Date.now() / 1000);
const post = (path, body, headers = {}) => fetch(`${isobar.url}${path}`, { method: "POST", body, headers });
const value = async (query) => (await api(isobar.url, "query", { query, time: now })).result.map((r) => r.value[1]);

await check("a batch of lines, compressed, as Telegraf sends it", async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `cpu,host=h${i % 50},cpu=cpu${Math.floor(i / 50)} usage_idle=${i},usage_user=1 ${now}000000000`).join("\n");
  const response = await post("/write?db=telegraf", gzipSync(lines), { "content-encoding": "gzip" });
  equal(response.status, 204, await response.text());
  equal(await value('count(cpu_usage_idle{db="telegraf"})'), ["5000"]);
  equal(await value('cpu_usage_idle{host="h7",cpu="cpu3"}'), ["157"]);
});

await check("the same again changes nothing", async () => {
  const response = await post("/write?db=telegraf&precision=s", `cpu,host=h7,cpu=cpu3 usage_idle=157 ${now}`);
  equal(response.status, 204, await response.text());
  equal(await value('count_over_time(cpu_usage_idle{host="h7",cpu="cpu3"}[1h])'), ["1"]);
});

await check("a page of metrics with labels added", async () => {
  const response = await post("/api/v1/import/prometheus?extra_label=job=nightly", `backup_size_bytes 4096 ${now}000\n`);
  equal(response.status, 204, await response.text());
  equal(await value('backup_size_bytes{job="nightly"}'), ["4096"]);
});

await check("what was acknowledged survives a kill", async () => {
  await isobar.stop("SIGKILL");
  isobar = await startIsobar({ dataDir, args: ["--host.off"] });
  equal(await value("count(cpu_usage_idle)"), ["5000"]);
  equal(await value("backup_size_bytes"), ["4096"]);
});

equal((await isobar.stop()).code, 0, "exit status");
await finish();
