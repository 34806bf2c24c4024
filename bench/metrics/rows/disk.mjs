// Bytes a sample on disk: a day of hosts at 15 s, series of a real node_exporter. Both get the same samples in order of time
// by remote write. The day is the last one (UTC) that is over long enough to count as settled, so Isobar merges it.
//
// Isobar: all objects once everything is in blocks and merged; the log is empty then. Prometheus keeps its newest hours in
// its head: its figure is the blocks that it wrote, over the samples in them; write-ahead log and head are not counted.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bytesOf, generate, remove, start, wait } from "../servers.mjs";
import { megabytes, thousands } from "../table.mjs";

const capture = "build/bench-capture";
const day = 86_400_000;

// When nothing has changed for a while.
async function settled(read, seconds) {
  let last = await read();
  for (let quiet = 0; quiet < seconds; quiet += 1) {
    await wait(1);
    const now = await read();
    if (JSON.stringify(now) !== JSON.stringify(last)) quiet = 0;
    last = now;
  }
  return last;
}

async function isobarBytes(server, sent) {
  await server.stop().ended; // what is in memory becomes blocks
  const again = await start.isobar([], server.folder);
  const blocks = await settled(async () => [await again.metric("isobar_blocks"), await again.metric("isobar_block_bytes")], 25);
  await again.stop().ended;
  const data = join(server.folder, "data");
  const bytes = bytesOf(join(data, "objects"));
  return { bytes, samples: sent.acknowledged, how: `${blocks[0]} blocks, log ${megabytes(bytesOf(join(data, "log")))} beside` };
}

async function prometheusBytes(server) {
  await settled(async () => [await server.metric("prometheus_tsdb_compactions_total"), await server.metric("prometheus_tsdb_blocks_loaded")], 10);
  await server.stop().ended;
  const data = join(server.folder, "data");
  let bytes = 0, samples = 0, blocks = 0;
  for (const name of readdirSync(data)) {
    const meta = join(data, name, "meta.json");
    if (!existsSync(meta)) continue;
    bytes += bytesOf(join(data, name));
    samples += JSON.parse(readFileSync(meta, "utf8")).stats.numSamples;
    blocks += 1;
  }
  if (blocks === 0) throw new Error("it wrote no blocks");
  return { bytes, samples, how: `${blocks} blocks; head and log, not counted, ${megabytes(bytesOf(join(data, "wal")) + bytesOf(join(data, "chunks_head")))}` };
}

export const disk = {
  name: "disk", title: "disk, bytes a sample", target: 0.7, targetText: "0.7, <=1/2P", ofPrometheus: 0.5, more: false, show: (value) => value.toFixed(3),
  async measure(name, { pick }) {
    const hosts = pick({ full: 20, quick: 4, tiny: 1 });
    const steps = pick({ full: 5760, quick: 5760, tiny: 240 * 4 });
    const captured = spawnSync("bash", ["bench/host_capture.sh", capture, ...pick({ full: ["40", "3"], quick: ["20", "3"], tiny: ["5", "1"] })], { encoding: "utf8" });
    if (captured.status !== 0) throw new Error(`no capture of a node_exporter: ${captured.stderr}`);
    const from = Math.floor((Date.now() - 3.2 * 3_600_000) / day) * day - day;
    const server = await start[name]();
    const sent = await generate("host_load", [server.writeUrl, capture, hosts, steps, from]);
    const { bytes, samples, how } = await (name === "isobar" ? isobarBytes : prometheusBytes)(server, sent);
    remove(server.folder);
    return { value: bytes / samples, bytes, details: [`${hosts} hosts, ${thousands(sent.series)} series, ${thousands(sent.acknowledged)} samples sent; ` +
      `${megabytes(bytes)} for ${thousands(samples)} samples in ${how}`] };
  },
};
