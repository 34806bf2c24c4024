// isobar repair: with the real program, each kind of damage is named with what it loses; looking changes nothing; the plan, once
// done, leaves a directory that check data finds sound and a server that has everything but what was said to be lost.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, cpSync, existsSync, openSync, readFileSync, readdirSync, readSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { api, binary, check, equal, finish, holds, startIsobar, temporaryFolder } from "./harness.mjs";

const run = (...words) =>
  new Promise((resolve) => {
    execFile(binary, words, (error, out, errors) => resolve({ code: error ? error.code : 0, out, errors }));
  });
const args = ["--host.off", "--config", "/dev/null", "--storage.segment-bytes", "64KB"];
const start = Math.floor(Date.now() / 1000 - 3600) * 1000;

function changeByte(path, offset) {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte[0] ^= 0x40;
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}

// Every file with its content, and every folder.
function digest(folder) {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).map((e) => [join(e.parentPath ?? e.path, e.name), e.isFile()]).sort()) {
    hash.update(String(entry[0]));
    if (entry[1]) hash.update(readFileSync(entry[0]));
  }
  return hash.digest("hex");
}

async function push(isobar, lines) {
  const answer = await fetch(`${isobar.url}/api/v1/import/prometheus`, { method: "POST", body: lines.join("\n") + "\n" });
  equal(answer.status, 204, "status of the push");
}

// Samples [from, to) of `count` series, one a second.
const samples = (name, count, from, to) =>
  Array.from({ length: count }, (_, n) => Array.from({ length: to - from }, (_, i) => `${name}{job="j${n}"} ${from + i + n} ${start + (from + i) * 1000}`)).flat();

// 32 series of 401 samples in blocks, the last sample of each in blocks of their own, whose records the log still holds; 8 of 10
// samples in the log only, in ten requests.
const stored = 32 * 401;
const whole = temporaryFolder();
{
  let isobar = await startIsobar({ dataDir: whole, args });
  await push(isobar, samples("stored", 32, 0, 400));
  equal((await isobar.stop()).code, 0, "exit status");
  isobar = await startIsobar({ dataDir: whole, args });
  await push(isobar, samples("stored", 32, 400, 401));
  equal((await isobar.stop()).code, 0, "exit status");
  isobar = await startIsobar({ dataDir: whole, args });
  for (let i = 0; i < 10; i++) await push(isobar, samples("logged", 8, i, i + 1));
  await isobar.stop("SIGKILL");
}

function copy() {
  const folder = temporaryFolder();
  cpSync(whole, folder, { recursive: true });
  return folder;
}
const blocksOf = (folder) => readdirSync(join(folder, "objects/metrics/blocks")).map((name) => join(folder, "objects/metrics/blocks", name));
const segmentsOf = (folder) => readdirSync(join(folder, "log/metrics")).map((name) => join(folder, "log/metrics", name));
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "objects/metrics/manifest.json"), "utf8"));

// Those whose records the log has forgotten.
const oldBlocks = (folder) => manifestOf(folder).blocks.filter((block) => block.first === Math.min(...manifestOf(folder).blocks.map((b) => b.first)));

async function counts(dataDir) {
  const isobar = await startIsobar({ dataDir, args });
  equal(await (await fetch(`${isobar.url}/-/ready`)).text(), "ready\n", "ready");
  const of = async (name) => {
    const data = await api(isobar.url, "query", { query: `sum(count_over_time(${name}[1h]))`, time: start / 1000 + 3000 });
    return Number(data.result[0]?.value[1] ?? 0);
  };
  const found = { stored: await of("stored"), logged: await of("logged") };
  // Each sample has the value that it was sent with.
  const data = await api(isobar.url, "query", { query: `{__name__=~"stored|logged"}[1h]`, time: start / 1000 + 3000 });
  for (const { metric, values } of data.result) {
    for (const [t, v] of values) equal(Number(v), Math.round(t - start / 1000) + Number(metric.job.slice(1)), "value");
  }
  equal((await isobar.stop()).code, 0, "exit status after SIGTERM");
  return found;
}

// Looks, does the plan, checks; returns the text of the plan.
async function repair(folder, problems) {
  const bad = await run("check", "data", folder);
  equal(bad.code, 1, "exit status of check data before");
  holds(bad.out.endsWith(`what can be done, and what would be lost: isobar repair data ${folder}\n`), bad.out);
  const before = digest(folder);
  const plan = await run("repair", "data", folder);
  equal(plan.code, 1, "exit status of the look");
  equal(digest(folder), before, "the look changed something");
  holds(plan.out.startsWith(`${problems} problem${problems === 1 ? "" : "s"} in ${folder}. Nothing was changed.`), plan.out + plan.errors);
  const id = plan.out.match(/--apply ([0-9a-f]{8})\n$/)?.[1];
  holds(id, plan.out);
  const other = await run("repair", "data", folder, "--apply", "00000000");
  equal(other.code, 1, "exit status of another plan");
  holds(other.errors.includes("there is no plan 00000000"), other.errors);
  equal(digest(folder).length, before.length);
  const done = await run("repair", folder, `--apply=${id}`);
  holds(done.code === 0 && done.out.endsWith("looked again: no damage found\n"), done.out + done.errors);
  const good = await run("check", "data", folder);
  holds(good.code === 0 && good.out.endsWith("no damage found\n"), good.out);
  const settled = digest(folder);
  const again = await run("repair", "data", folder, "--apply", id);
  holds(again.code === 0 && again.out.endsWith(`plan ${id} was done before\nno damage found, nothing to repair\n`), again.out + again.errors);
  equal(digest(folder), settled, "applying twice changed something");
  const aside = join(folder, "set-aside", id);
  holds(readFileSync(join(aside, "plan.txt"), "utf8").includes("   wrong  "), "plan.txt");
  return { text: plan.out, aside };
}

await check("sound data has nothing to repair, and looking leaves no trace", async () => {
  const folder = copy();
  rmSync(join(folder, "lock"));
  const before = digest(folder);
  const { code, out } = await run("repair", "data", folder);
  equal(out, "no damage found, nothing to repair\n");
  equal(code, 0, "exit status");
  equal(digest(folder), before, "the tree");
  equal(await counts(folder), { stored, logged: 80 });
});

await check("a block with a damaged chunk loses that chunk", async () => {
  const folder = copy();
  const block = join(folder, "objects", oldBlocks(folder)[0].key);
  const bytes = readFileSync(block);
  // Behind the first column of timestamps, which all have in common, come values.
  let lost = 0;
  for (let at = 100; lost === 0 || lost > 400; at += 20) {
    writeFileSync(block, bytes);
    changeByte(block, at);
    lost = Number((await run("repair", folder)).out.match(/lost {3}(\d+) of \d+ samples/)?.[1] ?? 0);
  }
  const damaged = readFileSync(block);
  const { text, aside } = await repair(folder, 1);
  holds(/wrong {2}1 chunk is damaged, of 1 series; its index is sound/.test(text), text);
  holds(/ {10}stored\{job="j\d+"\}/.test(text), text);
  equal(await counts(folder), { stored: stored - lost, logged: 80 });
  equal(readFileSync(join(aside, block.slice(folder.length + 1))).equals(damaged), true, "the damaged file is set aside as it was");
  console.log(`figure: ${lost} samples lost of a block with one damaged byte, as the plan said`);
});

await check("blocks that are cut off, damaged in the index or gone leave the manifest", async () => {
  const folder = copy();
  const blocks = oldBlocks(folder);
  holds(blocks.length >= 3, "at least three blocks");
  const path = (i) => join(folder, "objects", blocks[i].key);
  truncateSync(path(0), statSync(path(0)).size - 7);
  changeByte(path(1), statSync(path(1)).size - 300);
  rmSync(path(2));
  const { text, aside } = await repair(folder, 3);
  let left = stored;
  for (let i = 0; i < 3; i++) {
    holds(text.replace(/\s+/g, " ").includes(`all of it: ${blocks[i].samples} samples of ${blocks[i].series} series (partition ${blocks[i].partition},`), text);
    left -= blocks[i].samples;
  }
  equal(await counts(folder), { stored: left, logged: 80 });
  holds(existsSync(join(aside, "objects", blocks[0].key)), "set aside");
});

await check("a block whose records the log still holds is written again", async () => {
  const folder = copy();
  const block = manifestOf(folder).blocks.at(-1);
  const path = join(folder, "objects", block.key);
  const bytes = readFileSync(path);
  changeByte(path, bytes.length - 10);
  const { text } = await repair(folder, 1);
  holds(text.replace(/\s+/g, " ").includes(`lost nothing: ${block.samples} samples of ${block.series} series are in the log`), text);
  equal(readFileSync(path).equals(bytes), true, "the same bytes");
  equal(await counts(folder), { stored, logged: 80 });
});

await check("a damaged record in the log is lost, those behind it are not", async () => {
  const folder = copy();
  const segment = segmentsOf(folder).at(-1);
  const bytes = readFileSync(segment);
  // Records of the second request stand behind some others; this changes the text of one of its frames.
  const frames = [...bytes.toString("latin1").matchAll(/IFRM/g)].map((m) => m.index);
  changeByte(segment, frames.at(-12) + 60);
  const failed = await run("serve", "--data-dir", folder, "--listen", "127.0.0.1:0", ...args);
  holds(failed.code !== 0 && failed.errors.includes("isobar repair data"), failed.errors);
  const { text, aside } = await repair(folder, 1);
  holds(/lost {3}1 record of partition \d, \d+ bytes/.test(text) && text.includes("received between "), text);
  const found = await counts(folder);
  holds(found.logged < 80 && found.logged >= 72 && found.stored === stored, JSON.stringify(found));
  equal(readFileSync(join(aside, segment.slice(folder.length + 1))).length, bytes.length, "the segment is set aside");
  // What a hole precedes goes on: new samples, another start.
  const isobar = await startIsobar({ dataDir: folder, args });
  await push(isobar, samples("logged", 8, 10, 11));
  await isobar.stop("SIGKILL");
  equal(await counts(folder), { stored, logged: found.logged + 8 });
});

await check("missing segments are noted as lost", async () => {
  const folder = temporaryFolder();
  let isobar = await startIsobar({ dataDir: folder, args });
  // Text that does not get shorter when it is packed.
  const text = (i) => createHash("sha512").update(String(i)).digest("hex") + Array.from({ length: 9 }, (_, k) => createHash("sha512").update(`${i} ${k}`).digest("hex")).join("");
  for (let i = 0; i < 160; i++) await push(isobar, [`logged{job="j${i % 9}",text="${text(i)}"} ${i} ${start + i * 1000}`]);
  await isobar.stop("SIGKILL");
  const segments = segmentsOf(folder);
  if (segments.length < 3) throw new Error(`only ${segments.length} segments`);
  rmSync(segments[1]);
  const middle = await repair(folder, 1);
  holds(middle.text.replace(/\s+/g, " ").includes("bytes of records that cannot be named, of partitions 0, 1, 2, 3"), middle.text);
  isobar = await startIsobar({ dataDir: folder, args });
  await isobar.stop("SIGKILL");
  rmSync(segments[0]);
  const front = await repair(folder, 1);
  holds(front.text.replace(/\s+/g, " ").includes("segments are missing"), front.text);
  isobar = await startIsobar({ dataDir: folder, args });
  const data = await api(isobar.url, "query", { query: `count(last_over_time(logged[1h]))`, time: start / 1000 + 3000 });
  holds(Number(data.result[0].value[1]) > 0 && Number(data.result[0].value[1]) < 160, JSON.stringify(data));
  await isobar.stop();
});

await check("a manifest that is missing or damaged is written anew", async () => {
  for (const damage of [(path) => rmSync(path), (path) => truncateSync(path, 100)]) {
    const folder = copy();
    const path = join(folder, "objects/metrics/manifest.json");
    const before = manifestOf(folder);
    damage(path);
    const failed = await run("serve", "--data-dir", folder, "--listen", "127.0.0.1:0", ...args);
    holds(failed.code !== 0, "the server starts");
    equal(blocksOf(folder).length, before.blocks.length, "blocks are still there");
    const { text } = await repair(folder, 1);
    const partitions = Math.max(...before.blocks.map((block) => block.partition)) + 1; // those that were never written to leave no trace
    holds(text.replace(/\s+/g, " ").includes(`${before.blocks.length} blocks with ${stored} samples in ${partitions} partitions`), text);
    for (const { partition } of before.blocks) equal(manifestOf(folder).watermarks[partition], before.watermarks[partition], "watermark");
    equal(await counts(folder), { stored, logged: 80 });
  }
});

await check("foreign files are named and left, and several problems are one plan", async () => {
  const folder = copy();
  writeFileSync(join(folder, "notes.txt"), "x");
  changeByte(blocksOf(folder)[0], statSync(blocksOf(folder)[0]).size - 10);
  changeByte(segmentsOf(folder)[0], 20);
  const { text } = await repair(folder, 2);
  holds(text.includes("left alone: notes.txt: nothing that isobar knows"), text);
  for (const line of text.split("\n")) holds(line.length <= 80 || line.includes("/"), `longer than 80 columns: ${line}`);
  holds(existsSync(join(folder, "notes.txt")), "notes.txt");
});

await check("while a server runs nothing is done", async () => {
  const folder = copy();
  changeByte(blocksOf(folder)[0], statSync(blocksOf(folder)[0]).size - 10);
  const isobar = await startIsobar({ dataDir: folder, args });
  holds((await (await fetch(`${isobar.url}/-/ready`)).text()).includes("isobar repair data"), "ready");
  const { code, errors } = await run("repair", "data", folder, "--apply", "00000000");
  equal(code, 1, "exit status");
  holds(errors.startsWith("isobar repair: a server uses this data directory, or another repair: stop it first"), errors);
  await isobar.stop();
});

await check("data that changed needs another plan", async () => {
  const folder = copy();
  changeByte(blocksOf(folder)[0], statSync(blocksOf(folder)[0]).size - 10);
  const id = (await run("repair", folder)).out.match(/--apply ([0-9a-f]{8})\n$/)[1];
  changeByte(blocksOf(folder)[1], statSync(blocksOf(folder)[1]).size - 10);
  const before = digest(folder);
  const { code, out, errors } = await run("repair", folder, "--apply", id);
  equal(code, 1, "exit status");
  holds(errors.includes(`there is no plan ${id}`) && errors.includes("Nothing was changed"), errors);
  holds(out.includes("2. objects/metrics/blocks/"), out);
  equal(digest(folder), before, "the tree");
});

await check("wrong words are explained", async () => {
  for (const words of [[], ["data"], ["data", "a", "b"], ["config", "x"]]) equal((await run("repair", ...words)).code, 2, words.join(" "));
  const nowhere = await run("repair", join(whole, "nowhere"));
  equal(nowhere.code, 1, "exit status");
  holds(nowhere.errors.startsWith("isobar repair: cannot list"), nowhere.errors);
  const empty = temporaryFolder();
  holds((await run("repair", empty)).errors.includes("no data directory of isobar"), "an empty folder");
});

await check("a server that was stopped before its first write starts again", async () => {
  const folder = temporaryFolder();
  const isobar = await startIsobar({ dataDir: folder, args });
  await isobar.stop();
  const { out, code } = await run("check", "data", folder);
  equal(code, 0, out);
  equal((await run("repair", folder)).out, "no damage found, nothing to repair\n");
  const again = await startIsobar({ dataDir: folder, args });
  equal((await again.stop()).code, 0, "exit status");
});

await finish();
