// Blocks that Thanos downsampled, imported: queries of whole hours answer what the samples would have, a bucket with several
// resolutions of one time is taken once, and what cannot be taken says why.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { api, binary, check, equal, finish, holds, startIsobar, temporaryFolder } from "./harness.mjs";
import { windowsOf, writeThanosBlock } from "./thanos_block.mjs";

const minute = 60_000;
const hour = 60 * minute;
const begin = 1_700_006_400_000; // midnight
const hours = 30;
const fiveMinutes = 5 * minute;
const ulids = { raw: "01HF000000000000000000RAW0", five: "01HF0000000000000000000050", hour: "01HF0000000000000000000060" };
const source = "01HE0000000000000000000000";

// Ten seconds behind each minute: a counter that begins anew after 1,000 minutes, and a gauge.
const times = Array.from({ length: hours * 60 }, (_, i) => begin + i * minute + 10_000);
const requests = times.map((time, i) => [time, (i % 1000) * 7]);
const temperature = times.map((time, i) => [time, 20 + ((i * 37) % 101) / 4]);
const series = [
  { labels: { __name__: "requests_total", job: "api" }, samples: requests },
  { labels: { __name__: "temperature", job: "api" }, samples: temperature },
];
const block = (parent, ulid, resolution, more = {}) =>
  writeThanosBlock(parent, { ulid, series, resolution, sources: [source], labels: { cluster: "eu" }, min: begin, end: begin + hours * hour, ...more });

function importInto(data, ...words) {
  return new Promise((resolve) => {
    execFile(binary, ["import", ...words, "--data", data], (error, out, errors) => resolve({ code: error ? error.code : 0, out, errors }));
  });
}
async function range(server, query, step = hour) {
  const times = `start=${(begin + hour) / 1000}&end=${(begin + hours * hour) / 1000}&step=${step / 1000}`;
  const answer = await (await fetch(`${server.url}/api/v1/query_range?query=${encodeURIComponent(query)}&${times}`, { headers: { "X-Scope-OrgID": "team-a" } })).json();
  equal(answer.status, "success", query);
  return { series: answer.data.result, warnings: answer.warnings ?? [] };
}
async function values(server, query, step = hour) {
  const { series: all } = await range(server, query, step);
  equal(all.length, 1, `series of ${query}`);
  return all[0].values.map(([, value]) => Number(value));
}

function near(got, expected, tolerance, what) {
  equal(got.length, expected.length, `${what}: values`);
  got.forEach((value, i) => holds(Math.abs(value - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i])), `${what} at ${i}: got ${value}, expected ${expected[i]}`));
}

// What the samples themselves give, by step.
const windows = (samples, step, name) => windowsOf(samples, step).map(([, window]) => window[name]);

async function answersOfWholeWindows(server, step) {
  const text = step === hour ? "1h" : "5m";
  const first = hour / step - 1; // the first step is an hour behind the begin
  for (const [metric, samples] of [["requests_total", requests], ["temperature", temperature]]) {
    equal(await values(server, `count_over_time(${metric}[${text}])`, step), windows(samples, step, "count").slice(first), `${metric} count`);
    near(await values(server, `sum_over_time(${metric}[${text}])`, step), windows(samples, step, "sum").slice(first), 1e-12, `${metric} sum`);
    equal(await values(server, `min_over_time(${metric}[${text}])`, step), windows(samples, step, "min").slice(first), `${metric} min`);
    equal(await values(server, `max_over_time(${metric}[${text}])`, step), windows(samples, step, "max").slice(first), `${metric} max`);
  }
}

for (const [ulid, resolution, name] of [[ulids.hour, hour, "1h"], [ulids.five, fiveMinutes, "5m"]]) {
  await check(`a block of ${name} answers as the samples would`, async () => {
    const dataDir = temporaryFolder();
    const folder = block(temporaryFolder(), ulid, resolution);
    const looked = await importInto(dataDir, folder, "--tenant", "team-a", "--dry-run");
    equal(looked.code, 0, looked.errors);
    const { code, out, errors } = await importInto(dataDir, folder, "--tenant", "team-a");
    equal(code, 0, errors);
    holds(new RegExp(`2 series, \\d+ samples of ${name}: imported, \\d+ bytes in \\d+ blocks`).test(out), out);
    holds(errors.includes("rate, increase and resets are estimates"), errors);
    const again = await importInto(dataDir, folder, "--tenant", "team-a");
    equal(again.out.trim().split("\n").at(-1), "0 imported, 1 before, 0 skipped, 0 failed: 0 samples");
    const server = await startIsobar({ dataDir, args: ["--host.off"] });
    await answersOfWholeWindows(server, resolution);
    if (resolution !== hour) await answersOfWholeWindows(server, hour);
    // 7 a minute, also in the hour in which it begins anew.
    const rates = await values(server, "rate(requests_total[1h])");
    near(rates, rates.map(() => 7 / 60), 0.005, "rate");
    const resets = await values(server, "resets(requests_total[1h])");
    equal(resets.map((n, i) => (n === 0 ? -1 : i)).filter((i) => i >= 0), [16], "the hour of the reset");
    equal((await range(server, "rate(requests_total[1h])")).warnings, [], "warnings of a counter");
    const gauge = await range(server, "rate(temperature[1h])");
    holds(gauge.warnings.some((text) => text.startsWith(`evaluated on data downsampled to ${name} between `)), gauge.warnings.join());
    // As Thanos shows it: the mean of the window.
    const shown = await values(server, "temperature", resolution);
    const means = windowsOf(temperature, resolution).map(([, window]) => window.sum / window.count).slice(hour / resolution - 1);
    near(shown.slice(0, -1), means.slice(0, -1), 1e-12, "a plain selector");
    equal(shown.at(-1), temperature.at(-1)[1], "the last sample of all");
    const { series: all } = await range(server, "max by (cluster, job) (max_over_time(temperature[1h]))");
    equal(all[0].metric, { cluster: "eu", job: "api" }, "external labels");
    await server.stop();
  });
}

await check("a bucket with all resolutions is taken once, at the finest", async () => {
  const bucket = temporaryFolder();
  const dataDir = temporaryFolder();
  // The coarse ones sort first by name.
  for (const [name, resolution] of [["raw", 0], ["five", fiveMinutes], ["hour", hour]]) block(bucket, ulids[name], resolution);
  const { code, out, errors } = await importInto(dataDir, bucket, "--tenant", "team-a");
  equal(code, 0, errors);
  holds(out.includes(`${ulids.five}  skipped: ${ulids.raw} has every sample of it`), out);
  holds(out.includes(`${ulids.hour}  skipped: ${ulids.raw} has every sample of it`), out);
  holds(out.trim().endsWith(`1 imported, 0 before, 2 skipped, 0 failed: ${2 * hours * 60} samples`), out);
  const later = await importInto(dataDir, join(bucket, ulids.hour), "--tenant", "team-a");
  holds(later.out.includes(`skipped: ${ulids.raw} has every sample of it`), later.out);
  const server = await startIsobar({ dataDir, args: ["--host.off"] });
  equal(await values(server, "count_over_time(requests_total[1h])"), windows(requests, hour, "count"), "nothing is counted twice");
  await server.stop();
});

await check("where retention has removed the samples, the finest that is left is taken", async () => {
  const bucket = temporaryFolder();
  const raw = block(bucket, ulids.raw, 0);
  writeFileSync(join(raw, "deletion-mark.json"), "{}");
  block(bucket, ulids.five, fiveMinutes);
  block(bucket, ulids.hour, hour);
  const { code, out, errors } = await importInto(temporaryFolder(), bucket);
  equal(code, 0, errors);
  holds(out.includes(`${ulids.hour}  skipped: ${ulids.five} has samples of 5m of it`), out);
  equal(out.trim().split("\n").at(-1).split(":")[0], "1 imported, 0 before, 2 skipped, 0 failed");
});

await check("what would count twice is refused", async () => {
  const dataDir = temporaryFolder();
  const bucket = temporaryFolder();
  block(bucket, ulids.hour, hour);
  equal((await importInto(dataDir, bucket)).code, 0);
  const raw = block(temporaryFolder(), ulids.raw, 0);
  const finer = await importInto(dataDir, raw);
  equal(finer.code, 1);
  holds(finer.errors.includes(`${raw}: ${ulids.hour} has samples of 1h of all or a part of its time`), finer.errors);
  // Two first blocks in the coarse one, of which only the first is there with every sample.
  const other = temporaryFolder();
  block(other, ulids.raw, 0);
  block(other, ulids.hour, hour, { sources: [source, "01HE0000000000000000000001"] });
  const part = await importInto(temporaryFolder(), other);
  equal(part.code, 1);
  holds(part.errors.includes(`${ulids.raw} has every sample of all or a part of its time, which would count twice`), part.errors);
  equal(part.out.trim().split("\n").at(-1).split(":")[0], "1 imported, 0 before, 0 skipped, 1 failed");
});

await check("damage and unknown resolutions are named", async () => {
  const bucket = temporaryFolder();
  const damaged = block(bucket, ulids.hour, hour);
  const file = join(damaged, "chunks", "000001");
  const bytes = readFileSync(file);
  bytes[60] ^= 4;
  writeFileSync(file, bytes);
  const strange = block(bucket, ulids.five, 600_000, { sources: ["01HE0000000000000000000002"] });
  const { code, errors } = await importInto(temporaryFolder(), bucket);
  equal(code, 1);
  holds(errors.includes(`${file}: chunk at 8 is damaged (checksum)`), errors);
  holds(errors.includes(`${strange}: block is downsampled to 600000 ms; Thanos and this program know 300000 and 3600000`), errors);
});

await check("in place they are not read, which the server says", async () => {
  const bucket = temporaryFolder();
  mkdirSync(bucket, { recursive: true });
  const folder = block(bucket, ulids.hour, hour);
  const server = await startIsobar({ args: ["--host.off", "--storage.mount", bucket] });
  const ready = await (await fetch(`${server.url}/-/ready`)).text();
  holds(ready.includes(`${folder}: block is downsampled to 3600 s (Thanos) and is not read in place; isobar import takes it over`), ready);
  equal((await api(server.url, "query", { query: "requests_total", time: (begin + hour) / 1000 })).result, []);
  await server.stop();
});

await finish();
