// Milliseconds of {job="x", instance=~"a.*"} over HTTP, warm: 1,000 of a million series, as an instant query and as series,
// from memory and, for Isobar, once more from blocks. The slowest median counts.
import { generate, questions, remove, start, wait } from "../servers.mjs";
import { thousands } from "../table.mjs";

const selector = '{job="x", instance=~"a.*"}';

async function ask(server, where, time, times) {
  const list = [
    [`query-${where}`, "/api/v1/query", { query: selector, time: String(time) }],
    [`series-${where}`, "/api/v1/series", { "match[]": selector, start: String(time - 60), end: String(time) }]];
  await questions(server, list, { count: 5 }).done;
  const answers = await questions(server, list, { count: times }).done;
  delete answers.all;
  return answers;
}

export const select = {
  name: "select", title: "select 1,000 of 1M, ms", target: 10, targetText: "10", more: false, show: (value) => value.toFixed(1),
  async measure(name, { pick }) {
    const series = pick({ full: 1_000_000, quick: 1_000_000, tiny: 10_000 });
    const times = pick({ full: 200, quick: 100, tiny: 5 });
    const args = name === "isobar" ? ["--limits.max-series", "0"] : [];
    let server = await start[name](args);
    const sent = await generate("metrics_load", ["--url", server.writeUrl, "--series", series, "--rounds", 4, "--shape", "select"]);
    const time = sent.start / 1000 + 45;
    const found = (await server.get("/api/v1/query", { query: selector, time: String(time) })).result.length;
    if (found !== series / 1000) throw new Error(`found ${found} series`);
    await wait(1);
    const answers = await ask(server, "memory", time, times);
    if (name === "isobar") {
      await server.stop().ended;
      server = await start[name](args, server.folder);
      Object.assign(answers, await ask(server, "blocks", time, times));
    }
    await server.stop("SIGKILL").ended;
    remove(server.folder);
    return { value: Math.max(...Object.values(answers).map(({ median_ms }) => median_ms)), answers, details: [
      `${thousands(series)} series, ${times} times each; median (99th percentile): ` +
      Object.entries(answers).map(([question, { median_ms, p99_ms }]) => `${question.replace("-", " from ")} ${median_ms.toFixed(1)} (${p99_ms.toFixed(1)})`).join(", ")] };
  },
};
