// Bytes of anonymous memory per active series, after two simulated hours at 15 s with 1% of the series replaced a minute.
//
// The generator advances time by itself, so two hours pass in minutes. Prometheus goes by the time of samples, Isobar cuts
// by size (--storage.flush-bytes) or by age on the clock, and ages do not come about here: with a million series size is
// reached first anyway. Blocks are written while samples come in many times faster than in life, so more generations wait
// to be written than would; the highest figure of the last half hour is therefore what counts, and the others are printed.
import { generate, remove, start } from "../servers.mjs";
import { megabytes, thousands } from "../table.mjs";

export const memory = {
  name: "memory", title: "memory per series, bytes", target: 600, targetText: "600", more: false, show: (value) => value.toFixed(0),
  async measure(name, { pick }) {
    const series = pick({ full: 1_000_000, quick: 100_000, tiny: 10_000 });
    const rounds = pick({ full: 480, quick: 480, tiny: 12 });
    const server = await start[name](name === "isobar" ? ["--limits.max-series", "0"] : []);
    const before = server.memory();
    let minute = 0;
    const { result: sent, samples } = await server.watch(
      () => generate("metrics_load", ["--url", server.writeUrl, "--series", series, "--rounds", rounds, "--churn", 1],
        { line: (text) => { if (text.startsWith("round")) minute = Number(text.split(" ")[1]) / 4; } }),
      { mark: () => minute });
    const late = samples.filter(({ mark }) => mark >= rounds / 4 * 0.75);
    const end = server.memory();
    const highest = late.reduce((most, one) => (one.anonymous > most.anonymous ? one : most), end);
    const mean = late.reduce((sum, { anonymous }) => sum + anonymous, 0) / late.length;
    const all = Math.max(...samples.map(({ anonymous }) => anonymous));
    const extra = name === "isobar"
      ? `; ${await server.metric("isobar_store_flushed_blocks_total")} blocks written, head ${thousands(await server.metric("isobar_head_series"))} series`
      : `; head ${thousands(await server.metric("prometheus_tsdb_head_series"))} series`;
    const written = server.writtenBytes() / sent.acknowledged;
    const { cpuSeconds, ended } = server.stop("SIGKILL");
    await ended;
    remove(server.folder);
    return { value: highest.anonymous / series, mean: mean / series, end: end.anonymous / series, most: all / series, samples: samples.length, details: [
      `${thousands(series)} series, ${thousands(sent.acknowledged)} samples in ${sent.seconds.toFixed(0)} s, ${thousands(sent.acknowledged / cpuSeconds)} per CPU-s, ${sent.retries} retries, ${written.toFixed(1)} bytes a sample written to disk` + extra,
      `a series, last half hour: highest ${(highest.anonymous / series).toFixed(0)} (file-backed ${megabytes(highest.file)}), mean ${(mean / series).toFixed(0)}; ` +
      `at the end ${(end.anonymous / series).toFixed(0)}; highest of all ${(all / series).toFixed(0)}; empty process ${megabytes(before.anonymous)}`] };
  },
};
