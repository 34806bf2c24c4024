// ./dev bench metrics: runs the rows and prints the table.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { compaction } from "./rows/compaction.mjs";
import { disk } from "./rows/disk.mjs";
import { ingest1, ingest2 } from "./rows/ingest.mjs";
import { memory } from "./rows/memory.mjs";
import { recovery } from "./rows/recovery.mjs";
import { select } from "./rows/select.mjs";
import { soak } from "./rows/soak.mjs";
import { cleanUp, prometheusVersion } from "./servers.mjs";
import { header, line, wrapped } from "./table.mjs";

const rows = [ingest1, ingest2, memory, disk, recovery, select, compaction, soak];
const usage = `usage: ./dev bench metrics [--quick] [--row NAME]... [--only isobar] [--json FILE]

Prints each figure that the metrics store must hold, beside that of a real
Prometheus from the same run. PROMETHEUS_BIN names another than Debian's.

  --quick        a tenth of the series, minutes instead of hours: to find out
                 which way a change went, not to claim a figure
  --row NAME     only that row; may be repeated:
${rows.map((row) => `                   ${row.name.padEnd(11)} ${row.title}`).join("\n")}
  --only NAME    isobar or prometheus alone
  --tiny         thousands of series and seconds: whether the rows still work
  --json FILE    the figures, with everything that was measured beside them

"Per CPU-second" is user and system time of the server with all its threads,
from start to exit; the generator is a process of its own. Memory is RssAnon.
`;

const { values: options } = parseArgs({ options: {
  quick: { type: "boolean", default: false }, tiny: { type: "boolean", default: false }, row: { type: "string", multiple: true },
  only: { type: "string" }, json: { type: "string" }, help: { type: "boolean", short: "h", default: false } } });
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const unknown = (options.row ?? []).filter((name) => !rows.some((row) => row.name === name));
if (unknown.length > 0 || (options.only && !["isobar", "prometheus"].includes(options.only))) {
  process.stderr.write(`unknown: ${[...unknown, options.only].filter(Boolean).join(", ")}\n\n${usage}`);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (cleanUp(), process.exit(130)));

const version = prometheusVersion();
const size = options.tiny ? "tiny" : options.quick ? "quick" : "full";
const context = { size, pick: (sizes) => sizes[size], prometheusVersion: version,
  say: (text) => console.log(wrapped(text, "    ")) };
const subjects = ["isobar", "prometheus"].filter((name) => !options.only || options.only === name);
console.log(`${size === "full" ? "" : `${size}: `}${cpus().length} cores, ${cpus()[0].model.trim()}; Prometheus ${version ?? "not found"}`);
console.log(header());
const results = [];
let failed = false;
for (const row of rows.filter(({ name }) => !options.row || options.row.includes(name))) {
  const result = { row: row.name, load: loadavg()[0] };
  const began = performance.now();
  for (const name of subjects) {
    if (name === "prometheus" && !version) {
      result[name] = { absent: "no Prometheus" };
      continue;
    }
    try {
      result[name] = await row.measure(name, context);
    } catch (error) {
      result[name] = { absent: "failed", details: [`${name} failed: ${error.message}`] };
      failed = true;
    }
  }
  result.seconds = (performance.now() - began) / 1000;
  results.push(result);
  console.log(line(row, result, size));
  for (const name of subjects) for (const detail of result[name].details ?? []) context.say(`${name}: ${detail}`);
  context.say(`${result.seconds.toFixed(0)} s, load ${result.load.toFixed(1)} when it began`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ size, prometheus: version, results }, null, 1)}\n`);
cleanUp();
process.exit(failed ? 1 : 0);
