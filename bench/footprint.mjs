// The load of the ledger: SERIES series, scraped every 15 s. First as it runs (a real scrape of a real exporter: processor),
// then two hours of it at once (memory, log, start after kill -9, size as blocks).
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({ options: {
  minutes: { type: "string", default: "5" }, series: { type: "string", default: "50000" }, write: { type: "boolean", default: false } } });
const minutes = Number(options.minutes);
const seriesCount = Number(options.series);
const binary = process.env.ISOBAR_BINARY ?? "build/release/isobar";
const folder = mkdtempSync(join(tmpdir(), "isobar-footprint-"));
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Counters that rise by a few a scrape, in families of 100 series with nine labels.
let scrapes = 0;
const heads = Array.from({ length: seriesCount }, (_, i) =>
  `app_family_${Math.floor(i / 100)}_total{cluster="dev",namespace="team-${i % 7}",pod="service-${i % 50}-5d9c7b6f4-x${i % 97}",container="main",method="${["GET", "PUT", "POST"][i % 3]}",code="${200 + (i % 5)}",path="/api/v1/${i % 11}",shard="${i % 100}"} `);
const exporter = createServer((_, response) => {
  scrapes += 1;
  response.setHeader("Content-Type", "text/plain; version=0.0.4");
  response.end(heads.map((head, i) => head + (i * 17 + scrapes * ((i % 13) + 1))).join("\n") + "\n");
});
await new Promise((resolve) => exporter.listen(0, "127.0.0.1", resolve));

async function start(data, extra = []) {
  const began = performance.now();
  const child = spawn(binary, ["serve", "--data-dir", data, "--listen", "127.0.0.1:0", "--log.level", "error", ...extra], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part) => {
      text += part;
      const found = text.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    child.on("exit", () => reject(new Error("the server ended")));
  });
  for (;;) {
    const ready = await fetch(`${url}/-/ready`).then((answer) => answer.ok, () => false);
    if (ready) break;
    await wait(0.005);
  }
  return { child, url, readySeconds: (performance.now() - began) / 1000 };
}
const end = (child, signal) => new Promise((resolve) => { child.once("exit", resolve); child.kill(signal); });

const ticks = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return Number(fields[11]) + Number(fields[12]); // user and system time, hundredths of a second
};
const residentMib = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const bytesOf = (path) => readdirSync(path, { withFileTypes: true }).reduce((sum, one) => {
  const inside = join(path, one.name);
  return sum + (one.isDirectory() ? bytesOf(inside) : statSync(inside).blocks * 512);
}, 0);

async function steady() {
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, `global: {scrape_interval: 15s}\nscrape_configs:\n  - job_name: load\n    static_configs: [{targets: ["127.0.0.1:${exporter.address().port}"]}]\n`);
  const { child } = await start(join(folder, "steady"), ["--config", config]);
  while (scrapes < 3) await wait(0.5); // series are made by the first scrapes
  const [began, from, first] = [performance.now(), ticks(child.pid), scrapes];
  await wait(minutes * 60);
  const cpuM = ((ticks(child.pid) - from) / 100 / ((performance.now() - began) / 1000)) * 1000;
  const mib = residentMib(child.pid);
  console.log(`steady: ${scrapes - first} scrapes of ${seriesCount} series in ${minutes} min: ${cpuM.toFixed(1)} thousandths of a core, ${mib.toFixed(0)} MiB resident`);
  await end(child, "SIGTERM");
  return { cpuM, mib };
}

async function twoHours() {
  const data = join(folder, "hours");
  const rounds = 480;
  const first = await start(data, ["--host.off"]);
  const load = spawnSync("build/release/bench/remote_write_load", [`${first.url}/api/v1/push`, String(seriesCount), String(rounds), "2"], { encoding: "utf8" });
  const samples = Number(load.stdout.match(/acknowledged=(\d+)/)[1]);
  const mib = residentMib(first.child.pid);
  await end(first.child, "SIGKILL");
  const second = await start(data, ["--host.off"]);
  await end(second.child, "SIGTERM");
  const logBytes = bytesOf(join(data, "log"));
  // A flush age of a moment turns the head into blocks, as two hours would.
  const third = await start(data, ["--host.off", "--storage.flush-age", "1s"]);
  let bytes = bytesOf(data);
  // The server's own metrics go on, so the folder is never quite still.
  for (let quiet = 0; quiet < 8; ) {
    await wait(1);
    const now = bytesOf(data);
    quiet = Math.abs(now - bytes) < logBytes / 50 ? quiet + 1 : 0;
    bytes = now;
  }
  await end(third.child, "SIGTERM");
  const blockBytes = bytesOf(join(data, "objects"));
  console.log(`two hours: ${samples} samples, ${mib.toFixed(0)} MiB resident, ${(logBytes / 2 ** 20).toFixed(0)} MiB in the log, ${(blockBytes / 2 ** 20).toFixed(0)} MiB as blocks (${(blockBytes / samples).toFixed(1)} bytes a sample), ready ${second.readySeconds.toFixed(2)} s after kill -9`);
  return { samples, mib, logBytes, blockBytes, replay: second.readySeconds };
}

try {
  const a = await steady();
  const b = await twoHours();
  const perDay = seriesCount * 4 * 60 * 24;
  const gb = ((b.blockBytes / b.samples) * perDay * 15 + b.logBytes) / 1e9;
  const figures = {
    isobar_memory_mib: Math.ceil(Math.max(a.mib, b.mib)), isobar_cpu_m: Math.ceil(a.cpuM),
    isobar_s3_gb: Number(gb.toFixed(1)), isobar_replay_seconds: Number(b.replay.toFixed(2)),
  };
  for (const [name, value] of Object.entries(figures)) console.log(`figure: ${name} ${value}`);
  if (options.write) {
    const path = "decisions/measured.yaml";
    const today = new Date().toISOString().slice(0, 10);
    let text = readFileSync(path, "utf8");
    for (const [name, value] of Object.entries(figures)) {
      text = text.replace(new RegExp(`(  - \\{id: ${name}, .*?)(, value: [^,]*, source: "[^"]*", date: [0-9-]+)?\\}`),
                          `$1, value: ${value}, source: "${seriesCount} series on 2 cores", date: ${today}}`);
    }
    writeFileSync(path, text);
  }
} finally {
  exporter.close();
  rmSync(folder, { recursive: true, force: true });
}
