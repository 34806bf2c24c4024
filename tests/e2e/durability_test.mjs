// Acknowledged means durable: strace shows the sync before the answer, and ten kills in the middle of a load lose and
// double nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { api, check, equal, finish, holds, startIsobar, temporaryFolder, until } from "./harness.mjs";
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

await finish();
