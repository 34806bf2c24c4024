// 40 series (20 counters, 20 gauges of three decimals) of 30 days that are over, every 15 s. Prints bytes, and of each
// query the CPU of the server, HTTP and JSON included, and the median time, from every sample and downsampled.
import { readFileSync, rmSync } from "node:fs";
import { startIsobar, temporaryFolder, until } from "../tests/e2e/harness.mjs";

const day = 86_400_000;
const days = 30;
const series = 40;
const times = 7;
const begin = Math.floor(Date.now() / day) * day - (days + 3) * day;
const dataDir = temporaryFolder();
const args = ["--host.off", "--config", "/dev/null", "--storage.partitions", "1", "--limits.max-past-seconds", "0", "--memory.head", "4GB"];

async function fill(isobar) {
  const values = Array.from({ length: series }, (_, n) => n);
  for (let quarter = 0; quarter < days * 4; quarter += 1) {
    const lines = [];
    for (let n = 0; n < series; n += 1) {
      for (let i = 0; i < 1440; i += 1) {
        values[n] = n % 2 === 0 ? values[n] + Math.floor(Math.random() * 20) : Math.floor(Math.random() * 100_000) / 1000;
        lines.push(`x_total{n="${n}",kind="${n % 2 === 0 ? "counter" : "gauge"}"} ${values[n]} ${begin + (quarter * 1440 + i) * 15_000}`);
      }
    }
    const answer = await fetch(`${isobar.url}/api/v1/import/prometheus`, { method: "POST", body: `${lines.join("\n")}\n` });
    if (answer.status !== 204) throw new Error(await answer.text());
  }
}

function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function metric(isobar, name) {
  const text = await (await fetch(`${isobar.url}/metrics`)).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1] ?? 0);
}

async function measure(isobar, label) {
  const queries = [
    ["avg_over_time(x_total[1h])", "1h", days],
    ['sum(rate(x_total{kind="counter"}[1h]))', "1h", days],
    ["avg_over_time(x_total[5m])", "5m", 20]];
  for (const [query, step, length] of queries) {
    const range = `start=${(begin + 3_600_000) / 1000}&end=${(begin + length * day) / 1000}&step=${step}`;
    const ms = [];
    const before = cpuMs(isobar.child.pid);
    for (let i = 0; i < times; i += 1) {
      const from = performance.now();
      const answer = await (await fetch(`${isobar.url}/api/v1/query_range?query=${encodeURIComponent(query)}&${range}`)).json();
      if (answer.status !== "success") throw new Error(answer.error);
      ms.push(performance.now() - from);
    }
    const cpu = (cpuMs(isobar.child.pid) - before) / times;
    console.log(`${label}: ${query} step ${step} over ${length} days: CPU ${cpu.toFixed(0)} ms, median ${ms.sort((a, b) => a - b)[3].toFixed(0)} ms`);
  }
}

let isobar = await startIsobar({ dataDir, args: [...args, "--storage.downsampling.off"] });
await fill(isobar);
await isobar.stop();
isobar = await startIsobar({ dataDir, args: [...args, "--storage.downsampling.off"] });
await until(async () => (await metric(isobar, "isobar_blocks")) === days, "one block a day");
console.log(`every sample: ${await metric(isobar, "isobar_block_bytes")} bytes`);
await measure(isobar, "every sample");
await isobar.stop();
isobar = await startIsobar({ dataDir, args: [...args, "--storage.retention-5m", "0s"] });
await until(async () => (await metric(isobar, "isobar_store_downsamples_total")) === 2 * days, "downsampled blocks", 200);
console.log(`downsampled: ${await metric(isobar, "isobar_downsampled_block_bytes")} bytes more`);
await measure(isobar, "downsampled");
await isobar.stop();
rmSync(dataDir, { recursive: true });
