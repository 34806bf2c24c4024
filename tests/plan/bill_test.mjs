// Re-derives every line of the bill and every total of the shipped ledger from plain numbers, not from its formulas: what
// a reader with a price list and a pocket calculator would do. Money is compared in micro-dollars.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { binary, check, equal, finish, holds } from "../e2e/harness.mjs";

const plan = (...words) => {
  const run = spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
  return { status: run.status, out: run.stdout, error: run.stderr };
};
const micro = (dollars) => Math.round(dollars * 1e6);

// Hours of a month, and the four platforms in the words of the price list.
const H = 730;
const bills = {
  "stack-prod": {
    eks: 0.1 * H, alb: 0.0225 * H, nodes: 3 * 0.1504 * H, root_disks: 3 * 100 * 0.08,
    volumes: (20 + 40 + 64 + 10) * 0.08, // Mimir, Loki, Kubecost, Grafana
    nat: 3 * 0.045 * H, ipv4: 6 * 0.005 * H, bastion: 0.0376 * H + 30 * 0.08, kms: 3,
    s3: (250 + 5 * 90 + 170) * 0.023, isobar_s3: 0, isobar_s3_requests: 0, transfer: 1000 * 0.02 + 110 * 0.09,
  },
  "stack-dev": {
    eks: 0.1 * H, alb: 0.0225 * H, nodes: 2 * 0.0376 * H, root_disks: 2 * 50 * 0.1, volumes: 10 * 0.08 + 5 * 0.1,
    nat: 0.045 * H, ipv4: 2 * 0.005 * H, bastion: 0, kms: 0, s3: 0, isobar_s3: 0, isobar_s3_requests: 0, transfer: 110 * 0.09,
  },
  "isobar-prod": {
    eks: 0.1 * H, alb: 0.0225 * H, nodes: 3 * 0.0376 * H, root_disks: 3 * 50 * 0.08, volumes: 0, nat: 3 * 0.045 * H,
    ipv4: 6 * 0.005 * H, bastion: 0.0376 * H + 30 * 0.08, kms: 3, s3: 170 * 0.023, isobar_s3: 7.6 * 0.023, isobar_s3_requests: (H * 3600 * 4 * 0.005) / 1000,
    transfer: 1000 * 0.02 + 110 * 0.09,
  },
  "isobar-dev": {
    eks: 0.1 * H, alb: 0.0225 * H, nodes: 0.0376 * H, root_disks: 50 * 0.08, volumes: 0, nat: 0.045 * H, ipv4: 3 * 0.005 * H,
    bastion: 0, kms: 0, s3: 0, isobar_s3: 7.6 * 0.023, isobar_s3_requests: (H * 3600 * 0.005) / 1000, transfer: 110 * 0.09,
  },
};
// Pods, memory requests in MiB, thousandths of a core, volumes, GiB.
const mimir = { pods: 23, memory: 1024 + 1536 + 256 + 128 + 256 + 1536 + 512 + 128 + 128 + 32 + 100 + 1024 + 614 + 9830, cpu: 3710 };
const footprints = {
  "stack-prod": {
    pods: mimir.pods + 13 + 2 + 7 + 2 + 1 + 4 + 1 + 4 + 1, // Loki, Grafana, Prometheus, Kiali, istiod, Velero, Trivy, Kubecost, Headlamp
    memory: mimir.memory + 11059 + 128 + 2048 + 46 * 128 + 410, cpu: mimir.cpu + 1000 + 20 + 500 + 4600 + 410, volumes: 9 + 4 + 1 + 2, gib: 134,
  },
  "stack-dev": { pods: 2 + 1 + 6, memory: 0, cpu: 0, volumes: 2, gib: 15 },
  "isobar-prod": { pods: 1 + 1 + 1 + 3, memory: 2048 + 46 * 128 + 3 * 335, cpu: 500 + 4600 + 3 * 5, volumes: 0, gib: 0 },
  "isobar-dev": { pods: 1, memory: 335, cpu: 5, volumes: 0, gib: 0 },
};

for (const [profile, bill] of Object.entries(bills)) {
  const report = JSON.parse(plan("compare", "stack-prod", profile, "--format", "json", "--all").out);
  await check(`the bill of ${profile}`, () => {
    const got = Object.fromEntries(report.costs.map((row) => [row.id, row.b_usd_micro]));
    for (const [line, usd] of Object.entries(bill)) equal(got[line], usd === null ? null : micro(usd), line);
    equal(report.costs.length, Object.keys(bill).length + 2, "lines");
    equal(got.total, Object.values(bill).reduce((sum, usd) => sum + (usd === null ? 0 : micro(usd)), 0), "total");
    equal(got.fixed, micro(0.1 * H) + micro(0.0225 * H), "fixed");
  });
  await check(`the footprint of ${profile}`, () => {
    const want = footprints[profile];
    equal(report.footprint.map((row) => row.b), [want.pods, want.memory, want.cpu, want.volumes, want.gib], "footprint");
  });
  await check(`the decisions of ${profile} add up`, () => {
    const rows = report.decisions;
    equal(rows.length, 54 + 2, "rows");
    const sum = (key) => rows.slice(0, -1).reduce((total, row) => total + row[key], 0);
    equal(sum("usd_micro"), rows.at(-1).usd_micro, "dollars");
    if (rows.every((row) => row.memory_mib !== null)) equal(sum("memory_mib"), rows.at(-1).memory_mib, "memory");
    for (const key of ["pods", "cpu_m", "volume_gib"]) equal(sum(key), rows.at(-1)[key], key);
    const total = (what) => { const row = report.footprint.find((one) => one.what.startsWith(what)); return row.b - row.a; };
    equal([rows.at(-1).cpu_m, rows.at(-1).volume_gib], [total("CPU"), total("volumes, GiB")], "totals");
  });
}

await check("hours of uptime scale the nodes alone", () => {
  const at = (hours) => JSON.parse(plan("compare", "stack-prod", "stack-dev", "--uptime", String(hours), "--format", "json").out).costs;
  const [full, short] = [at(168), at(60)];
  for (const [i, row] of full.entries()) {
    const want = row.id === "nodes" ? micro((2 * 0.0376 * H * 60) / 168) : row.id === "total" ? null : row.b_usd_micro;
    if (want !== null) equal(short[i].b_usd_micro, want, row.id);
  }
});

await check("the same input gives the same bytes, in every format", () => {
  for (const format of ["text", "json", "md", "csv", "html"]) {
    const [one, two] = [plan("compare", "--format", format), plan("compare", "--format", format)];
    equal(one.status, 0, "status");
    equal(one.out, two.out, format);
    if (format === "text") for (const line of one.out.split("\n")) holds([...line].length <= 80, `wider than 80 columns: ${line}`);
  }
});

await check("every decision, cost line and control is explained", () => {
  const report = JSON.parse(plan("compare", "--format", "json", "--all").out);
  const ids = [...report.decisions.map((row) => row.id), ...report.costs.map((row) => row.id), ...report.controls.map((row) => row.control), ...report.assumptions.map((row) => row.id)];
  for (const id of ids.filter((one) => one !== "" && one !== "total" && one !== "fixed")) {
    const answer = plan("explain", id);
    equal(answer.status, 0, id);
    for (const line of answer.out.split("\n")) holds([...line].length <= 80 || !line.trim().includes(" "), `${id} is wider than 80 columns: ${line}`);
  }
});

await check("every number of every report has a derivation", () => {
  const ids = new Set(["total", "fixed", "pods", "memory_mib", "cpu_m", "volumes", "volume_gib"]);
  const report = JSON.parse(plan("compare", "stack-prod", "isobar-prod", "--format", "json", "--all").out);
  for (const [table, key] of [["decisions", "id"], ["costs", "id"], ["controls", "control"], ["failures", "failure"], ["assumptions", "id"]]) {
    for (const row of report[table]) if (row[key]) ids.add(row[key]);
  }
  for (const file of ["measured", "prices", "model", "failures"]) {
    for (const [, id] of readFileSync(`decisions/${file}.yaml`, "utf8").matchAll(/^ {2}- \{id: ([\w.]+)/gm)) ids.add(id);
  }
  for (const id of ids) equal([id, plan("explain", id).status], [id, 0]);
  holds(ids.size > 120, `${ids.size} ids`);
  const text = plan("explain", "one-zone", "--profile", "stack-prod").out;
  for (const words of ["needs a human in 1 of 3; played in 3 places", "node_boot 1m15s", "your input"]) holds(text.includes(words), text);
  holds(plan("explain", "total", "--profile", "stack-prod").out.includes("$656.73 a month"), "total");
});

await check("wrong words get an answer that helps", () => {
  equal(plan("explain", "C55").error, "isobar plan explain: nothing in the ledger has this id, did you mean C5: C55\n");
  equal(plan("compare", "stack-prud").error, "isobar plan compare: no such profile, there are stack-prod, stack-dev, isobar-prod, isobar-dev: stack-prud\n");
  equal(plan("compare", "--assume", "nat=1").status, 1);
  equal(plan("compare", "--uptime", "200").error, "isobar plan compare: a week has 168 hours: --uptime 200\n");
  equal(plan("comapre").status, 2);
  equal(plan("compare", "--format", "xml").error, "isobar plan compare: --format must be text, json, md, csv or html: xml\n");
});

await finish();
