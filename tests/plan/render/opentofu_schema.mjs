// Whether a module of OpenTofu is one: every file parses (HashiCorp's parser as WASM), every argument and block exists in
// the provider's schema (aws_resources.json), every required one is there, every reference has a declaration.
import { readFileSync } from "node:fs";
import { parse } from "@cdktn/hcl2json";

const shapes = JSON.parse(readFileSync(new URL("aws_resources.json", import.meta.url), "utf8"));
const meta = new Set(["count", "for_each", "depends_on", "lifecycle", "provider", "dynamic"]);
const list = (value) => (Array.isArray(value) ? value : [value]);

function checkBlock(block, shape, path, found) {
  const dynamic = block.dynamic ?? {};
  for (const [key, value] of Object.entries(block)) {
    if (key in shape.blocks) for (const one of list(value)) checkBlock(one, shape.blocks[key], `${path}.${key}`, found);
    else if (!meta.has(key) && !shape.arguments.includes(key)) found.push(`${path}.${key}: no such argument`);
  }
  for (const [key, value] of Object.entries(dynamic)) {
    if (!(key in shape.blocks)) found.push(`${path}.${key}: no such block`);
    else for (const one of value) checkBlock(list(one.content)[0], shape.blocks[key], `${path}.${key}`, found);
  }
  for (const key of shape.required) if (!(key in block) && !(key in dynamic)) found.push(`${path}.${key}: missing`);
}

function checkShapes(kind, section, found) {
  for (const [type, named] of Object.entries(section ?? {})) {
    const shape = shapes[kind][type];
    for (const [name, blocks] of Object.entries(named)) {
      if (shape === undefined) found.push(`${type}.${name}: not in aws_resources.json`);
      else for (const block of list(blocks)) checkBlock(block, shape, `${type}.${name}`, found);
    }
  }
}

function checkReferences(text, declared, found) {
  const bare = text.replace(/^\s*#.*$/gm, "");
  for (const [, name] of bare.matchAll(/\bvar\.(\w+)/g)) if (!declared.variable.has(name)) found.push(`var.${name}: not declared`);
  for (const [, name] of bare.matchAll(/\blocal\.(\w+)/g)) if (!declared.local.has(name)) found.push(`local.${name}: not declared`);
  for (const [, data, type, name] of bare.matchAll(/(?<![\w."/-])(data\.)?(aws_\w+)\.(\w+)/g)) {
    if (!declared[data ? "data" : "resource"].has(`${type}.${name}`)) found.push(`${data ?? ""}${type}.${name}: not declared`);
  }
}

const names = (section) => new Set(Object.entries(section ?? {}).flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`)));

// files: [{path, text}] of one module. Throws where a file does not parse.
export async function problemsOf(files) {
  const found = [];
  const parsed = {};
  for (const { path, text } of files) if (/\.(tf|tfvars|hcl)$/.test(path)) parsed[path] = await parse(path, text);
  const sections = Object.entries(parsed).filter(([path]) => path.endsWith(".tf")).map(([, tree]) => tree);
  const merged = (key) => Object.assign({}, ...sections.map((tree) => tree[key] ?? {}));
  const byType = (key) => {
    const out = {};
    for (const tree of sections) for (const [type, named] of Object.entries(tree[key] ?? {})) out[type] = { ...out[type], ...named };
    return out;
  };
  const [resource, data, variable] = [byType("resource"), byType("data"), merged("variable")];
  const local = new Set(sections.flatMap((tree) => list(tree.locals ?? []).flatMap((one) => Object.keys(one))));
  const declared = { resource: names(resource), data: names(data), variable: new Set(Object.keys(variable)), local };
  checkShapes("resource", resource, found);
  checkShapes("data", data, found);
  for (const { path, text } of files) if (/\.(tf|hcl)$/.test(path)) checkReferences(text, declared, found);
  const given = Object.assign({}, ...Object.entries(parsed).filter(([path]) => path.endsWith(".tfvars")).map(([, tree]) => tree));
  for (const name of Object.keys(given)) if (!declared.variable.has(name)) found.push(`${name}: no such variable`);
  for (const [name, [about]] of Object.entries(variable)) {
    if (!("default" in about) && !(name in given)) found.push(`${name}: a variable without a value`);
    if (!("type" in about) || !("description" in about)) found.push(`${name}: a variable without type or description`);
  }
  return { problems: found, given, resource, variable };
}
