// Downsampling of the real program: days that are over get companions, aligned queries read them and answer the same, a
// resolution outlives the samples, and --storage.downsampling.off makes none.
import { check, equal, finish, holds, startIsobar, temporaryFolder, until } from "./harness.mjs";

const hour = 3_600_000;
const day = 24 * hour;
// Noon of a day that is over, five days ago.
const noon = Math.floor(Date.now() / day) * day - 5 * day + 12 * hour;
const plain = ["--host.off", "--config", "/dev/null", "--storage.partitions", "1", "--limits.max-past-seconds", "0"];

async function push(isobar) {
  const lines = [];
  for (let i = 0; i < 6 * 240; i += 1) lines.push(`x_total ${i % 1000} ${noon + i * 15_000}`, `g ${(i * 7919) % 101} ${noon + i * 15_000}`);
  const answer = await fetch(`${isobar.url}/api/v1/import/prometheus`, { method: "POST", body: `${lines.join("\n")}\n` });
  equal(answer.status, 204, "status of the push");
}

async function range(isobar, query, step = "1h", offset = 0) {
  const times = `start=${(noon + hour + offset) / 1000}&end=${(noon + 6 * hour) / 1000}&step=${step}`;
  const answer = await (await fetch(`${isobar.url}/api/v1/query_range?query=${encodeURIComponent(query)}&${times}`)).json();
  equal(answer.status, "success", query);
  return { values: answer.data.result.map((series) => series.values), warnings: answer.warnings ?? [] };
}

async function metric(isobar, name) {
  const text = await (await fetch(`${isobar.url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.split(" ")[1]);
}

const queries = ["rate(x_total[1h])", "increase(x_total[2h])", "resets(x_total[1h])", "sum_over_time(g[1h])", "max_over_time(g[1h])", "x_total"];

async function answers(isobar) {
  const all = [];
  for (const query of queries) all.push((await range(isobar, query)).values);
  return all;
}

await check("companions are made, read, and give the same", async () => {
  const dataDir = temporaryFolder();
  let isobar = await startIsobar({ dataDir, args: [...plain, "--storage.downsampling.off"] });
  await push(isobar);
  await isobar.stop();
  isobar = await startIsobar({ dataDir, args: [...plain, "--storage.downsampling.off"] });
  const expected = await answers(isobar);
  equal(expected[3][0].length, 6, "steps");
  equal(await metric(isobar, "isobar_store_downsamples_total"), 0, "downsampled blocks when it is off");
  await isobar.stop();
  isobar = await startIsobar({ dataDir, args: plain });
  await until(async () => (await metric(isobar, "isobar_store_downsamples_total")) === 1, "an hour by default");
  await isobar.stop();
  isobar = await startIsobar({ dataDir, args: [...plain, "--storage.retention-5m", "0s"] });
  await until(async () => (await metric(isobar, "isobar_store_downsamples_total")) === 1, "five minutes when told");
  holds((await metric(isobar, "isobar_downsampled_block_bytes")) > 0, "their bytes");
  equal(await answers(isobar), expected, "downsampled answers");
  equal(await metric(isobar, 'isobar_store_downsampled_reads_total{resolution="1h"}'), queries.length, "reads of an hour");
  await range(isobar, "rate(x_total[10m])", "5m");
  equal(await metric(isobar, 'isobar_store_downsampled_reads_total{resolution="5m"}'), 1, "reads of five minutes");
  await isobar.stop();
});

await check("an hour outlives the samples", async () => {
  const dataDir = temporaryFolder();
  const args = [...plain, "--storage.retention", "2d", "--storage.retention-1h", "0s"];
  let isobar = await startIsobar({ dataDir, args: plain });
  await push(isobar);
  const expected = await answers(isobar);
  await isobar.stop();
  isobar = await startIsobar({ dataDir, args });
  await until(async () => (await metric(isobar, "isobar_store_expired_blocks_total")) >= 1, "the samples are removed");
  equal(await metric(isobar, "isobar_blocks"), 1, "blocks");
  equal(await answers(isobar), expected, "aligned answers");
  const odd = await range(isobar, "rate(x_total[2h])", "1h", 1000);
  holds(odd.values[0].length >= 4, "steps of an unaligned query");
  holds(odd.warnings.some((text) => text.startsWith("evaluated on data downsampled to 1h between ")), odd.warnings.join());
  const dense = await range(isobar, "g", "1m");
  equal(dense.values[0].length, 301, "a plain selector without gaps");
  await isobar.stop();
});

await finish();
