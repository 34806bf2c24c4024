// Whether a document is what the API of Kubernetes takes: types and required fields by the compiled schemas of the package
// kubernetes-models, unknown fields by its type declarations, for the schemas let them pass.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packages = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules");
const models = join(packages, "kubernetes-models");
// https://kustomize.io and https://istio.io have schemas elsewhere.
const others = new Set(["security.istio.io/v1"]);

const groups = { apps: "apps", policy: "policy", batch: "batch", "": "" };
const folderOf = (apiVersion) => {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return join(models, groups[group] ?? group, version);
};

const interfaces = new Map();
// The first interface of a declaration file: fields with their types, and where those come from.
function interfaceIn(file) {
  if (interfaces.has(file)) return interfaces.get(file);
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const imports = {};
  for (const [, names, from] of text.matchAll(/import \{ ([^}]+) \} from "([^"]+)"/g)) {
    for (const name of names.split(",")) imports[name.trim().split(" as ").at(-1)] = from;
  }
  const start = text.indexOf("export interface ");
  const body = start < 0 ? "" : text.slice(text.indexOf("{", start) + 1);
  const found = { imports, fields: fieldsOf(body), file };
  interfaces.set(file, found);
  return found;
}

// `"name"?: TYPE;` until the closing brace; a TYPE may have braces of its own.
function fieldsOf(body) {
  const fields = {};
  let at = 0;
  const head = /\s*(?:"([^"]+)"|(\w+)|\[key: string\])(\??):\s*/y;
  while (true) {
    head.lastIndex = at;
    const match = head.exec(body);
    if (match === null) return fields;
    let depth = 0;
    let end = head.lastIndex;
    while (depth > 0 || body[end] !== ";") {
      depth += "{<(".includes(body[end]) ? 1 : "}>)".includes(body[end]) ? -1 : 0;
      end += 1;
    }
    fields[match[1] ?? match[2] ?? "*"] = body.slice(head.lastIndex, end).trim();
    at = end + 1;
  }
}

function fileOf(from, importer) {
  const path = from.startsWith(".") ? join(dirname(importer), from.replace(/\.js$/, "")) : join(packages, from);
  return existsSync(`${path}.d.ts`) ? `${path}.d.ts` : null;
}

function unknownIn(value, type, scope, path, found) {
  if (Array.isArray(value)) {
    const item = type.match(/^Array<([\s\S]+)>$/)?.[1] ?? type.replace(/\[\]$/, "").replace(/^\(([\s\S]+)\)$/, "$1");
    for (const [i, one] of value.entries()) unknownIn(one, item, scope, `${path}[${i}]`, found);
    return;
  }
  if (value === null || typeof value !== "object") return;
  if (type.startsWith("{")) {
    const fields = fieldsOf(type.slice(1));
    if ("*" in fields) {
      for (const [key, one] of Object.entries(value)) unknownIn(one, fields["*"], scope, `${path}.${key}`, found);
    } else {
      compare(value, fields, scope, path, found);
    }
    return;
  }
  const name = type.split("|")[0].trim();
  const file = name in scope.imports ? fileOf(scope.imports[name], scope.file) : null;
  if (file === null) return;
  const inner = interfaceIn(file);
  if (Object.keys(inner.fields).length > 0) compare(value, inner.fields, inner, path, found);
}

function compare(value, fields, scope, path, found) {
  for (const [key, one] of Object.entries(value)) {
    if (key in fields) unknownIn(one, fields[key], scope, `${path}.${key}`, found);
    else found.push(`${path}.${key}: no such field`);
  }
}

// What is wrong with it, as sentences; nothing for a good document.
export async function problemsOf(document) {
  if (others.has(document.apiVersion)) return [];
  const folder = folderOf(document.apiVersion);
  const declaration = join(folder, `${document.kind}.d.ts`);
  if (!existsSync(declaration)) return [`${document.apiVersion} ${document.kind}: no such kind`];
  const module = await import(pathToFileURL(join(folder, `${document.kind}.js`)));
  const found = [];
  try {
    new module[document.kind](document).validate();
  } catch (error) {
    found.push(String(error.message));
  }
  const scope = interfaceIn(declaration);
  compare(document, scope.fields, scope, document.kind, found);
  return found;
}
