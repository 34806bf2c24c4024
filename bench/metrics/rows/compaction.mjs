// Anonymous memory on top of an idle server while it merges a day of 100,000 series, 15 s apart: 576,000,000 samples.
//
// The day is one that is over, so a start with several blocks of it merges each partition whole. Merges that run beside the
// feeding are not the measurement; the last ones, after a restart with nothing else to do, are.
import { generate, remove, start, temporaryFolder, wait } from "../servers.mjs";
import { megabytes, thousands } from "../table.mjs";

const day = 86_400_000;

export const compaction = {
  name: "compaction", title: "compaction, MB on top", target: 200, targetText: "200", more: false, show: (value) => value.toFixed(0),
  async measure(name, { pick }) {
    if (name === "prometheus") return { absent: "n/a", details: ["not measured: its head compaction cannot be told from its head"] };
    const series = pick({ full: 100_000, quick: 10_000, tiny: 1000 });
    const rounds = pick({ full: 5760, quick: 5760, tiny: 100 });
    const from = Math.floor((Date.now() - 3.2 * 3_600_000) / day) * day - day;
    const folder = temporaryFolder();
    let acknowledged = 0;
    const load = async (first, some) => {
      const server = await start.isobar(["--limits.max-series", "0"], folder);
      acknowledged += (await generate("metrics_load", ["--url", server.writeUrl, "--series", series, "--rounds", some, "--start", from + first * 15_000])).acknowledged;
      await server.stop().ended; // all is in blocks
    };
    const most = Math.floor(rounds * 0.9);
    await load(0, most);
    await load(most, rounds - most);
    const again = await start.isobar([], folder);
    const blocks = await again.metric("isobar_blocks");
    const idle = again.memory();
    const merged = () => again.metric("isobar_store_compactions_total");
    const { samples } = await again.watch(async () => {
      let last = await merged();
      // A merge of a whole day takes its time, on a busy machine minutes; the first is sure to come.
      for (let quiet = 0; quiet < (last === 0 ? 300 : 60); quiet += 0.5) {
        await wait(0.5);
        const now = await merged();
        if (now !== last) quiet = 0;
        last = now;
      }
    }, { seconds: 0.02 });
    const after = again.memory();
    const merges = await merged();
    const left = await again.metric("isobar_blocks");
    await again.stop().ended;
    remove(folder);
    if (merges === 0) throw new Error(`nothing was merged; ${blocks} blocks`);
    const highest = samples.reduce((most, one) => (one.anonymous > most.anonymous ? one : most));
    return { value: (highest.anonymous - idle.anonymous) / 1e6, details: [
      `${thousands(series)} series, ${thousands(acknowledged)} samples; ${blocks} blocks became ${left} in ${merges} merges; ` +
      `idle ${megabytes(idle.anonymous)}, highest ${megabytes(highest.anonymous)} (file-backed ${megabytes(highest.file)}), after ${megabytes(after.anonymous)}`] };
  },
};
