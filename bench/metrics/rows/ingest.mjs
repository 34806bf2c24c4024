// Samples per CPU-second by remote write, 10,000 a request, 12 labels, answers after fdatasync.
import { generate, remove, start } from "../servers.mjs";
import { median, thousands } from "../table.mjs";

async function once(name, { series, rounds }, words) {
  const server = await start[name](name === "isobar" ? ["--limits.max-series", "0"] : []);
  const sent = await generate("metrics_load", ["--url", server.writeUrl, "--series", series, "--rounds", rounds, ...words]);
  const { cpuSeconds, ended } = server.stop();
  await ended;
  remove(server.folder);
  return { rate: sent.acknowledged / cpuSeconds, cpuSeconds, ...sent };
}

async function measure(name, { pick }, words) {
  const shape = pick({ full: { series: 200_000, rounds: 50 }, quick: { series: 100_000, rounds: 50 }, tiny: { series: 10_000, rounds: 3 } });
  const runs = [];
  for (let i = 0; i < pick({ full: 5, quick: 3, tiny: 1 }); ++i) runs.push(await once(name, shape, words));
  const rates = runs.map(({ rate }) => rate);
  return { value: median(rates), rates, details: [`${thousands(shape.series)} series, ${shape.rounds} rounds, median of ${runs.length}: ` +
    `${rates.map(thousands).join(", ")}; wall ${median(runs.map(({ seconds }) => seconds)).toFixed(1)} s` +
    (name === "prometheus" ? "; its log is not synced before the answer, and no block is written" : "; log synced, blocks written")] };
}

const show = (value) => thousands(value);

export const ingest1 = {
  name: "ingest1", title: "ingest RW 1.0, per CPU-s", target: 1_000_000, targetText: "1,000,000", more: true, show,
  measure: (name, context) => measure(name, context, ["--version", 1]),
};

export const ingest2 = {
  name: "ingest2", title: "ingest RW 2.0, per CPU-s", target: 1_600_000, targetText: "1,600,000", more: true, show,
  async measure(name, context) {
    if (name === "prometheus" && Number(context.prometheusVersion.split(".")[0]) < 3) {
      return { absent: "n/a", details: [`n/a (${context.prometheusVersion.split(".").slice(0, 2).join(".")} has no remote write 2.0)`] };
    }
    const plain = await measure(name, context, ["--version", 2]);
    const full = await measure(name, context, ["--version", 2, "--metadata"]);
    plain.details.push(`with type and help of each series, as Prometheus 3 sends them: ${show(full.value)}`);
    return { ...plain, withMetadata: full.value };
  },
};
