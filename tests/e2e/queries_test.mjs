// Queries against the real program: explained, past their budget beside small ones, and parts of the language that are off.
import { spawnSync } from "node:child_process";
import { api, binary, check, equal, finish, holds, startIsobar, temporaryFolder } from "./harness.mjs";

const features = "promql-experimental-functions,promql-binop-fill-modifiers";
const isobar = await startIsobar({ args: ["--host.off", "--config", "/dev/null", "--memory.query", "16MB", "--enable-feature", features] });
const now = Math.floor(Date.now() / 1000);
const page = Array.from({ length: 2000 }, (_, i) => `work_total{shard="${i % 10}",worker="w${i}"} ${i} ${now}000\n`).join("");
equal((await fetch(`${isobar.url}/api/v1/import/prometheus`, { method: "POST", body: page })).status, 204);
// Not api(): the answer to a query that fails is wanted too.
const ask = async (url, path, params) => {
  const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(params)}`);
  return { code: answer.status, ...(await answer.json()) };
};

await check("what each operator did, as a table of 80 columns", () => {
  const { status, stdout, stderr } = spawnSync(binary, ["query", "--url", isobar.url, "--explain", "--time", String(now),
    'topk(2, sum by (shard) (work_total{worker=~"w[0-9]+"} * 2))'], { encoding: "utf8" });
  equal(status, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  for (const line of lines) holds(line.length <= 80, `longer than 80 columns: ${line}`);
  const rows = lines.map((line) => line.match(/^.{8} .{8} +(\d+) +(\d+) +\S+  ( *)(.*)$/)).filter(Boolean)
    .map(([, series, samples, indent, operator]) => [Number(series), Number(samples), indent.length, operator]);
  equal(rows, [[2, 2, 0, "topk"], [10, 10, 2, "sum by (shard)"], [2000, 2000, 4, "*"], [2000, 2000, 6, 'work_total{worker=~"w[0-9]+"}']]);
});

await check("a query past its budget is stopped with the number and the setting, and small ones go on", async () => {
  const copies = Array.from({ length: 40 }, (_, i) => `label_replace(work_total, "copy", "${i}", "", "")`).join(" or ");
  const large = ask(isobar.url, "query_range", { query: copies, start: now - 100, end: now, step: 0.01 });
  const small = [];
  let over = false;
  large.finally(() => (over = true));
  do small.push(await ask(isobar.url, "query", { query: "sum(work_total)", time: now })); while (!over);
  const { code, errorType, error } = await large;
  equal([code, errorType], [422, "execution"], error);
  holds(/^memory budget "one query" exceeded: \d+ bytes wanted, \d+ of 16777216 in use; raise it with --memory.query$/.test(error), error);
  for (const answer of small) equal(answer.data?.result.map((series) => series.value[1]), ["1999000"]);
});

await check("parts of the language that are off by default", async () => {
  equal((await ask(isobar.url, "query", { query: 'count(mad_over_time(work_total[1m]))', time: now })).data.result[0].value[1], "2000");
  equal((await api(isobar.url, "status/flags"))["enable-feature"], features);
  const plain = await startIsobar({ args: ["--host.off", "--config", "/dev/null"] });
  const refused = await ask(plain.url, "query", { query: "mad_over_time(work_total[1m])", time: now });
  equal([refused.code, refused.errorType], [400, "bad_data"]);
  holds(/experimental/.test(refused.error), refused.error);
  await plain.stop();
  const typo = spawnSync(binary, ["serve", "--data-dir", temporaryFolder(), "--enable-feature", "promql-experimental"], { encoding: "utf8" });
  holds(typo.status !== 0 && /--enable-feature: there is no such feature, write one of .*: "promql-experimental"/.test(typo.stderr), typo.stderr);
});

equal((await isobar.stop()).code, 0, "exit status");
await finish();
