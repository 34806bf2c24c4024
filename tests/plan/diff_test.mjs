// plan diff between the shipped ledger and copies of it with one change, and plan controls.
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, check, equal, finish, holds, temporaryFolder } from "../e2e/harness.mjs";

const plan = (...words) => {
  const run = spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
function changed(file, from, to) {
  const folder = temporaryFolder();
  cpSync("decisions", folder, { recursive: true });
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  holds(text.includes(from), `${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
  return folder;
}

await check("nothing changed", () => {
  const answer = plan("diff", "decisions", "decisions", "--fail-on", "cost", "--fail-on", "control");
  equal([answer.status, answer.out], [0, "What the change of the ledger does\n\nNothing that counts changed.\n"]);
});

await check("a dearer price fails on cost, not on control", () => {
  const folder = changed("prices.yaml", "usd: 0.10, source: infracost golden eks_cluster", "usd: 0.60, source: extended support");
  equal(plan("diff", "decisions", folder, "--fail-on", "control").status, 0);
  const answer = plan("diff", "decisions", folder, "--fail-on", "cost");
  equal([answer.status, answer.error], [1, "isobar plan diff: a profile became dearer (--fail-on cost)\n"]);
  const rows = JSON.parse(plan("diff", "decisions", folder, "--format", "json").out).costs.filter((row) => row.profile === "stack-dev");
  equal(rows.map((row) => [row.id, row.change_usd_micro]), [["eks", 365_000_000], ["total", 365_000_000]]);
});

await check("a waived control fails on control, not on cost", () => {
  const folder = changed("decisions.yaml", "set: {ssm.sessions: true}", "set: {ssm.sessions: false}");
  const answer = plan("diff", "decisions", folder, "--fail-on", "cost", "--fail-on", "control");
  equal([answer.status, answer.error], [1, "isobar plan diff: a profile meets a control less well (--fail-on control)\n"]);
});

await check("controls of a profile", () => {
  const of = (profile, baseline) => Object.fromEntries(JSON.parse(plan("controls", profile, "--baseline", baseline, "--format", "json").out).controls.map((row) => [row.control, row]));
  const dev = of("stack-dev", "MODERATE");
  equal([dev["SC-8"].required, dev["SC-8"].state, dev["SC-8"].waived_by], [true, "not met", "N7"]);
  equal(of("stack-dev", "LOW")["SC-8"].required, false, "SC-8 is not in LOW");
  equal(of("stack-prod", "HIGH")["CP-6"].state, "not met", "what is configured but off");
  equal(of("stack-prod", "HIGH")["CP-6"].waived_by, "", "no profile meets it, so none waives it");
  equal(plan("controls", "stack-dev", "--baseline", "HIHG").error, "isobar plan controls: --baseline must be LOW, MODERATE or HIGH: HIHG\n");
});

await finish();
