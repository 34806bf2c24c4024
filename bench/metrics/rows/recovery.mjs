// Seconds from start to ready after kill -9, a million series, with as much in the log as it ever keeps: the moment before a
// trim. How long the log gets is watched during the first half of the rounds; the kill comes in the second, when it is
// nearly as long again. How nearly is told with the result. Ready is: /-/ready says 200 and a query answers the last
// acknowledged samples.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, generate, remove, start, until } from "../servers.mjs";
import { megabytes, thousands } from "../table.mjs";

// Of the longest log seen, how much is enough for the kill: 95% in the third quarter, less and less in the last, since the
// same length may not come again. By then it has grown from a trim several times.
const enough = (progress) => (progress < 3 / 4 ? 0.95 : 0.95 - (progress - 3 / 4) * 0.8);

// Kills when the log is nearly as long again as it was, or when the generator is through. `progress()`: from 0 to 1.
async function killAtWorst(server, log, load, progress) {
  let peak = 0, killed = false;
  const look = setInterval(() => {
    if (killed || !existsSync(log)) return;
    const size = bytesOf(log);
    if (progress() < 1 / 2) {
      peak = Math.max(peak, size);
    } else if (size >= peak * enough(progress())) {
      killed = true;
      server.child.kill("SIGKILL");
    }
  }, 20);
  const sent = await load;
  clearInterval(look);
  if (!killed) server.child.kill("SIGKILL");
  await server.ended;
  return { sent, peak, killed };
}

// The last acknowledged round of each request is there: the sum over a target of known values.
export async function lastIsThere(server, sent, perTarget) {
  const start = sent.start / 1000;
  for (const line of sent.lines.filter((text) => text.startsWith("last "))) {
    const [, request, round] = line.split(" ").map(Number);
    if (round < 0) continue;
    const target = request * 10;
    const sum = await server.number(`sum({instance="10.12.${Math.floor(target / 250)}.${target % 250}:9100"})`, start + round * 15);
    if (sum !== 1.5 * (perTarget * (perTarget - 1)) / 2 + round * perTarget) return false;
  }
  return true;
}

export const recovery = {
  name: "recovery", title: "ready after kill -9, s", target: 5, targetText: "5", more: false, show: (value) => value.toFixed(2),
  async measure(name, { pick }) {
    const series = pick({ full: 1_000_000, quick: 100_000, tiny: 10_000 });
    // At 15 s Isobar keeps two hours in its log (--storage.flush-age), and trims by size before; Prometheus up to three.
    const rounds = name === "isobar" ? pick({ full: 200, quick: 480, tiny: 5 }) : pick({ full: 120, quick: 480, tiny: 5 });
    const args = name === "isobar" ? ["--limits.max-series", "0"] : [];
    const server = await start[name](args);
    const log = join(server.folder, "data", name === "isobar" ? "log" : "wal");
    let round = 0;
    const load = generate("metrics_load", ["--url", server.writeUrl, "--series", series, "--rounds", rounds, "--until-failure"],
      { mayFail: true, line: (text) => { if (text.startsWith("round")) round = Number(text.split(" ")[1]); } });
    const { sent, peak, killed } = await killAtWorst(server, log, load, () => round / rounds);
    const logBytes = bytesOf(log);
    const began = performance.now();
    const again = await start[name](args, server.folder);
    await until(() => lastIsThere(again, sent, 1000), "the last acknowledged samples", 600);
    const seconds = (performance.now() - began) / 1000;
    const { cpuSeconds, ended } = again.stop("SIGKILL");
    await ended;
    remove(server.folder);
    return { value: seconds, details: [`${thousands(series)} series, ${thousands(sent.acknowledged)} samples, killed ` +
      `with ${megabytes(logBytes)} in the log, of ${megabytes(peak)} at most${killed ? "" : " (at the end: it was never as long again)"}; ` +
      `/-/ready after ${again.readySeconds.toFixed(2)} s, all samples after ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(1)} CPU-s`] };
  },
};
