// docs/seed-report.md is what plan review says of the seed today. ISOBAR_UPDATE=1 node tests/plan/review_test.mjs writes it anew.
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const plan = (...words) => {
  const run = spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
const seed = join("../shared/seed", readdirSync("../shared/seed").find((name) => name.endsWith(".txt")));
const document = join(temporaryFolder(), "infrastructure_decisions.md");
copyFileSync(seed, document);
const report = plan("review", "--document", document);

await check("the report in docs is the one of today", () => {
  equal(report.status, 0, report.error);
  if (process.env.ISOBAR_UPDATE) writeFileSync("docs/seed-report.md", report.out);
  const kept = readFileSync("docs/seed-report.md", "utf8");
  if (kept === report.out) return;
  const [a, b] = [kept.split("\n"), report.out.split("\n")];
  const line = a.findIndex((text, i) => text !== b[i]);
  throw new Error(`line ${line + 1} is "${a[line]}", and should be "${b[line]}": ISOBAR_UPDATE=1 node tests/plan/review_test.mjs`);
});

await check("its figures are those of compare, simulate and check", () => {
  const compare = JSON.parse(plan("compare", "--format", "json").out);
  const dollars = (micro) => `$${(Math.round(micro / 1e4) / 100).toFixed(2)}`;
  const total = compare.costs.find((row) => row.id === "total");
  holds(report.out.includes(`- ${dollars(total.a_usd_micro)} a month become ${dollars(total.b_usd_micro)}`), "total");
  const found = JSON.parse(plan("check", document, "--format", "json").out);
  holds(report.out.includes(`- ${found.length} statements of infrastructure_decisions.md do not hold.`), "findings");
  const matrix = JSON.parse(plan("simulate", "--format", "json").out).failures.at(-1);
  for (const profile of ["stack-prod", "stack-dev", "isobar-prod", "isobar-dev"]) {
    const row = report.out.split("\n").find((text) => text.startsWith(`| ${profile} | `) && text.includes(" of "));
    holds(row.includes(`| ${matrix[profile]} of `), row);
  }
});

await check("without a document, and for other profiles", () => {
  const other = plan("review", "isobar-prod", "isobar-dev");
  equal(other.status, 0, other.error);
  holds(other.out.startsWith("# isobar-dev beside isobar-prod\n"), other.out.slice(0, 60));
  holds(!other.out.includes("What does not hold in"), "findings");
});

finish();
