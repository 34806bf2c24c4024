// Acknowledged means durable: strace shows the sync before the answer, and ten kills in the middle of a load lose and
// double nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { api, check, equal, finish, holds, loadGenerator, start, startIsobar, temporaryFolder, until } from "./harness.mjs";
import { push, series, snappy } from "./remote_write.mjs";

await check("the sync comes before the answer", async () => {
  const trace = join(temporaryFolder(), "trace");
  const isobar = await startIsobar({
    args: ["--host.off", "--config", "/dev/null"],
    wrapper: ["strace", "-f", "-s", "64", "-e", "trace=fdatasync,sendmsg,sendto,write,writev,pwrite64", "-o", trace],
  });
  const body = snappy(series({ __name__: "durable", job: "e2e" }, [[42, Date.now()]]));
  equal((await push(isobar.url, body)).status, 204, "status");
  await isobar.stop();
  const lines = readFileSync(trace, "utf8").split("\n");
  const answer = lines.findIndex((line) => line.includes("HTTP/1.1 204"));
  holds(answer > 0, "the trace has no answer");
  const record = lines.findIndex((line) => line.includes("pwrite64(") && line.includes("IFRM"));
  holds(record > 0 && record < answer, "the record is not written before the answer");
  // "fdatasync(7) = 0", or its end in another line when threads alternate.
  const sync = lines.findIndex((line, i) => i > record && /fdatasync\(\d+\)\s+= 0|fdatasync resumed>\)\s*= 0/.test(line));
  holds(sync > record && sync < answer, `the sync is at line ${sync}, the answer at line ${answer}`);
});

await check("ten kills lose and double nothing", async () => {
  const dataDir = temporaryFolder();
  const acknowledged = new Map(); // series number -> Map(timestamp -> value)
  const base = Date.now() - 3_600_000;
  let clock = 0;
  const seriesPerRequest = 50;

  async function writer(isobar, lane, state) {
    while (!state.stop) {
      const t = base + clock++ * 7;
      const parts = [];
      for (let i = 0; i < seriesPerRequest; i++) {
        parts.push(series({ __name__: "killed", lane: String(lane), n: String(i), job: `j${i % 7}` }, [[t % 1000, t]]));
      }
      try {
        const response = await push(isobar.url, snappy(Buffer.concat(parts)));
        if (response.status !== 204) continue;
        if (!acknowledged.has(lane)) acknowledged.set(lane, []);
        acknowledged.get(lane).push(t);
        state.done += 1;
      } catch {
        return; // killed
      }
    }
  }

  for (let life = 0; life < 10; life++) {
    const isobar = await startIsobar({ dataDir, args: ["--host.off", "--config", "/dev/null", "--storage.segment-bytes", "1MB", "--storage.flush-age", life % 2 ? "1s" : "2h"] });
    const state = { stop: false, done: 0 };
    const writers = [0, 1, 2].map((lane) => writer(isobar, lane, state));
    await until(() => state.done > 40 + life * 13, "some requests to be acknowledged", 30);
    isobar.child.kill("SIGKILL");
    await isobar.child.ended;
    state.stop = true;
    await Promise.all(writers);
  }

  const isobar = await startIsobar({ dataDir, args: ["--host.off", "--config", "/dev/null"] });
  let total = 0;
  for (const [lane, times] of acknowledged) {
    const data = await api(isobar.url, "query", { query: `killed{lane="${lane}"}[2h]`, time: (base + clock * 7) / 1000 + 1 });
    equal(data.result.length, seriesPerRequest, "series");
    for (const one of data.result) {
      const found = one.values.map(([t]) => Math.round(t * 1000));
      equal(new Set(found).size, found.length, "each timestamp once");
      const there = new Set(found);
      for (const t of times) holds(there.has(t), `acknowledged sample at ${t} is lost`);
      for (const [t, v] of one.values) equal(Number(v), Math.round(t * 1000) % 1000, "value");
      total += times.length;
    }
  }
  console.log(`figure: ${total} acknowledged samples found after 10 kills, 0 lost, 0 doubled`);
  equal((await isobar.stop()).code, 0, "exit status after SIGTERM");
});

// The load of ./dev bench ingest: 10,000 samples a request, twelve labels, as fast as the server takes them.
await check("ten kills under full load lose and double nothing", async () => {
  const dataDir = temporaryFolder();
  const bodies = 4;
  const args = ["--host.off", "--config", "/dev/null", "--storage.segment-bytes", "8MB"];
  const startMs = Math.floor((Date.now() - 6 * 3_600_000) / 15_000) * 15_000;
  const acknowledged = Array.from({ length: bodies }, () => new Set());
  let round = 0;
  for (let life = 0; life < 10; life++) {
    const isobar = await startIsobar({ dataDir, args: [...args, "--storage.flush-age", life % 2 ? "1s" : "2h"] });
    const load = start(loadGenerator, [`${isobar.url}/api/v1/push`, String(bodies * 10_000), "100000", "2", String(startMs), String(round)]);
    const lines = () => load.output.split("\n").filter((line) => /^\d+ \d+$/.test(line));
    await until(() => lines().length > 20 + 3 * life, "some requests to be acknowledged", 60);
    isobar.child.kill("SIGKILL");
    await isobar.child.ended;
    await load.ended;
    for (const line of lines()) {
      const [body, at] = line.split(" ").map(Number);
      acknowledged[body].add(at);
      round = Math.max(round, at + 1);
    }
    round += 1; // what was under way when the server died is neither asked for nor sent again
  }
  holds(startMs + round * 15_000 < Date.now(), "the rounds reached the present");

  const isobar = await startIsobar({ dataDir, args });
  let total = 0;
  for (let body = 0; body < bodies; body++) {
    // Each window of 15 s holds one sample of each series: as many samples as series, all with the value of their round.
    const targets = Array.from({ length: 10 }, (_, i) => `10[.]12[.]0[.]${body * 10 + i}:9100`).join("|");
    const range = { start: startMs / 1000, end: startMs / 1000 + 15 * round, step: 15 };
    // One metric at a time: functions over ranges drop the name, and then series of two metrics would be the same.
    const ask = async (aggregate) => {
      const totals = new Map();
      for (let metric = 0; metric < 16; metric++) {
        const data = await api(isobar.url, "query_range", { query: `sum(${aggregate}(node_metric_${metric}_total{instance=~"${targets}"}[15s]))`, ...range });
        for (const [t, v] of data.result[0]?.values ?? []) {
          const at = Math.round((t * 1000 - startMs) / 15_000);
          totals.set(at, (totals.get(at) ?? 0) + Number(v));
        }
      }
      return totals;
    };
    const samples = await ask("count_over_time");
    const sum = await ask("sum_over_time");
    for (const at of acknowledged[body]) {
      equal(samples.get(at), 10_000, `samples of request ${body} in round ${at}`);
      equal(sum.get(at), 1.5 * (9_999 * 10_000) / 2 + 10_000 * at, `sum of request ${body} in round ${at}`);
      total += 10_000;
    }
    for (const [at, count] of samples) holds(count <= 10_000, `request ${body} of round ${at} is there ${count / 10_000} times`);
  }
  console.log(`figure: ${total} samples acknowledged under full load found after 10 kills, 0 lost, 0 doubled`);
  equal((await isobar.stop()).code, 0, "exit status after SIGTERM");
});

await finish();
