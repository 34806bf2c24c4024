// Deletes of the real program: gone at once and after kill -9, newer samples stay, the disk gets smaller, a snapshot is a
// data directory. And retention by selector and by size.
import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { binary, check, equal, finish, holds, startIsobar, temporaryFolder, until, writeTemporary } from "./harness.mjs";

const dataDir = temporaryFolder();
const args = ["--host.off", "--config", "/dev/null", "--web.enable-admin-api", "--storage.partitions", "2"];
const now = Date.now();

async function push(isobar, text) {
  const answer = await fetch(`${isobar.url}/api/v1/import/prometheus`, { method: "POST", body: text });
  equal(answer.status, 204, "status of the push");
}

async function admin(isobar, path, status = 204) {
  const answer = await fetch(`${isobar.url}/api/v1/admin/tsdb/${path}`, { method: "POST" });
  equal(answer.status, status, `status of ${path}`);
  return answer;
}

async function samples(isobar, selector) {
  const answer = await fetch(`${isobar.url}/api/v1/query?query=${encodeURIComponent(`${selector}[400d]`)}`);
  const { data } = await answer.json();
  return Object.fromEntries(data.result.map((series) => [series.metric.n ?? "", series.values.map(([, value]) => Number(value))]));
}

function diskBytes(folder) {
  const blocks = join(folder, "objects", "metrics", "blocks");
  return readdirSync(blocks).reduce((sum, name) => sum + statSync(join(blocks, name)).size, 0);
}

const isobarRuns = (words) =>
  new Promise((resolve) => execFile(binary, words, (error, out, errors) => resolve({ code: error ? error.code : 0, out, errors })));

await check("what is deleted stays so over kill -9, what is written later stays too", async () => {
  let isobar = await startIsobar({ dataDir, args });
  await push(isobar, `gone{n="1"} 1 ${now - 2000}\ngone{n="2"} 2 ${now - 2000}\nkept{n="1"} 3 ${now - 2000}\n`);
  await admin(isobar, `delete_series?match[]=gone`);
  equal(await samples(isobar, "gone"), {}, "right after the delete");
  await push(isobar, `gone{n="1"} 10 ${now - 1000}\n`);
  await isobar.stop("SIGKILL");
  isobar = await startIsobar({ dataDir, args });
  equal(await samples(isobar, "gone"), { 1: [10] }, "after kill -9");
  await isobar.stop();
  isobar = await startIsobar({ dataDir, args });
  equal(await samples(isobar, "gone"), { 1: [10] }, "from blocks");
  equal(await samples(isobar, "kept"), { 1: [3] }, "what was not meant");
  await admin(isobar, "clean_tombstones");
  equal(await samples(isobar, "gone"), { 1: [10] }, "after cleaning");
  await isobar.stop("SIGKILL");
});

await check("cleaning takes it off the disk", async () => {
  let isobar = await startIsobar({ dataDir, args });
  const lines = [];
  for (let n = 0; n < 200; n += 1) {
    for (let i = 0; i < 50; i += 1) lines.push(`big{n="${n}"} ${Math.random()} ${now - 100000 + i * 1000}`);
  }
  await push(isobar, `${lines.join("\n")}\n`);
  await isobar.stop();
  isobar = await startIsobar({ dataDir, args });
  const before = diskBytes(dataDir);
  await admin(isobar, `delete_series?match[]=big`);
  await admin(isobar, "clean_tombstones");
  const after = diskBytes(dataDir);
  holds(after * 5 < before, `${before} bytes before, ${after} after`);
  const metrics = await (await fetch(`${isobar.url}/metrics`)).text();
  holds(/^isobar_tombstones 0$/m.test(metrics), "tombstones are left");
  await isobar.stop();
});

await check("a snapshot is a data directory", async () => {
  const isobar = await startIsobar({ dataDir, args });
  await push(isobar, `late{n="1"} 7 ${now - 500}\nlate{n="2"} 8 ${now - 500}\n`);
  await admin(isobar, `delete_series?match[]=late{n="2"}`);
  const withHead = (await (await admin(isobar, "snapshot", 200)).json()).data.name;
  holds(/^\d{8}T\d{6}Z-[0-9a-f]{16}$/.test(withHead), withHead);
  await push(isobar, `late{n="3"} 9 ${now - 400}\n`);
  const withoutHead = (await (await admin(isobar, "snapshot?skip_head=true", 200)).json()).data.name;
  await isobar.stop("SIGKILL");
  for (const name of [withHead, withoutHead]) {
    const folder = join(dataDir, "snapshots", name);
    const checked = await isobarRuns(["check", "data", folder]);
    equal(checked.code, 0, `check data: ${checked.out}${checked.errors}`);
    let copy = await startIsobar({ dataDir: folder, args });
    equal(await samples(copy, "late"), { 1: [7] }, "samples of the snapshot");
    await push(copy, `late{n="1"} 70 ${now - 300}\n`);
    await copy.stop("SIGKILL");
    copy = await startIsobar({ dataDir: folder, args });
    equal(await samples(copy, "late"), { 1: [7, 70] }, "and what it takes itself");
    await admin(copy, `delete_series?match[]=late`);
    equal(await samples(copy, "late"), {}, "it deletes too");
    await copy.stop();
  }
  const again = await startIsobar({ dataDir, args });
  equal(await samples(again, "late"), { 1: [7], 3: [9] }, "the original");
  await again.stop();
  const exported = await isobarRuns(["export", "--data", join(dataDir, "snapshots", withHead), "--output", join(temporaryFolder(), "out")]);
  equal(exported.code, 0, `export: ${exported.errors}`);
});

await check("without the flag nothing is deleted", async () => {
  const isobar = await startIsobar({ dataDir, args: args.filter((word) => word !== "--web.enable-admin-api") });
  const answer = await admin(isobar, `delete_series?match[]=late`, 503);
  const { errorType, error } = await answer.json();
  equal(errorType, "unavailable", "error type");
  holds(error.includes("--web.enable-admin-api"), error);
  equal(await samples(isobar, "late"), { 1: [7], 3: [9] }, "samples");
  await isobar.stop();
});

await check("retention by selector: the first rule that fits, else the default", async () => {
  const folder = temporaryFolder();
  const config = writeTemporary(
    "retention.yml",
    "storage:\n  retention:\n    - {selector: '{n=\"long\"}', for: 0s}\n    - {selector: '{n=\"short\"}', for: 1d}\n",
  );
  const rules = ["--host.off", "--config", config, "--storage.retention", "30d", "--limits.max-past-seconds", "0"];
  let isobar = await startIsobar({ dataDir: folder, args: rules });
  const day = 86_400_000;
  const lines = ["long", "short", "default"].flatMap((n) => [3, 40].map((days) => `r{n="${n}"} ${days} ${now - days * day}`));
  await push(isobar, `${lines.join("\n")}\n`);
  await isobar.stop();
  isobar = await startIsobar({ dataDir: folder, args: rules });
  await until(async () => JSON.stringify(await samples(isobar, "r")) === '{"default":[3],"long":[40,3]}', "expired series are gone");
  const { data } = await (await fetch(`${isobar.url}/api/v1/status/runtimeinfo`)).json();
  equal(data.storageRetention, "30d", "retention");
  await isobar.stop();
});

await check("retention by size removes the oldest blocks", async () => {
  const folder = temporaryFolder();
  const plain = ["--host.off", "--config", "/dev/null", "--storage.partitions", "1"];
  let isobar = await startIsobar({ dataDir: folder, args: plain });
  const lines = [];
  for (let days = 1; days <= 4; days += 1) {
    for (let i = 0; i < 300; i += 1) lines.push(`s ${days} ${now - days * 86_400_000 + i}`, `v ${Math.random()} ${now - days * 86_400_000 + i}`);
  }
  await push(isobar, `${lines.join("\n")}\n`);
  await isobar.stop();
  const limit = Math.floor(diskBytes(folder) * 0.6);
  // Downsampled, blocks as small as these would take nearly as much again.
  isobar = await startIsobar({ dataDir: folder, args: [...plain, "--storage.downsampling.off", "--storage.retention.size", String(limit)] });
  await until(() => diskBytes(folder) <= limit, "the blocks take less");
  const left = new Set((await samples(isobar, "s"))[""]);
  holds(left.has(1) && left.has(2) && !left.has(4), [...left].join());
  const { data } = await (await fetch(`${isobar.url}/api/v1/status/runtimeinfo`)).json();
  holds(data.storageRetention !== "", "retention is told");
  await isobar.stop();
});

await finish();
