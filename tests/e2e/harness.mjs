// What every end-to-end test shares: starting real processes on free ports, waiting for conditions, counting checks.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const binary = process.env.ISOBAR_BINARY ?? "build/release/isobar";
export const loadGenerator = join(dirname(binary), "bench", "remote_write_load");
const children = new Set();
const folders = [];
let passed = 0;
let failed = 0;

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "isobar-e2e-"));
  folders.push(folder);
  return folder;
}

export function writeTemporary(name, text) {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

export async function check(name, work) {
  try {
    await work();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n  ${error.stack ?? error}`);
  }
}

export function figure(text) {
  console.log(`figure: ${text}`);
}

export function equal(got, expected, what = "value") {
  const a = JSON.stringify(got);
  const b = JSON.stringify(expected);
  if (a !== b) throw new Error(`${what}: got ${a?.slice(0, 2000)}, expected ${b?.slice(0, 2000)}`);
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

// Polls until `condition` gives something truthy. The deadline only ends a test that hangs.
export async function until(condition, what, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${seconds} s for: ${what}${last ? ` (${last.message})` : ""}`);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  children.add(child);
  child.output = "";
  child.stdout?.on("data", (bytes) => (child.output += bytes));
  child.stderr?.on("data", (bytes) => (child.output += bytes));
  child.ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
  child.ended.then(() => children.delete(child));
  return child;
}

// `wrapper`: a command line in front of the server, for strace.
export async function startIsobar({ dataDir = temporaryFolder(), args = [], wrapper = [] } = {}) {
  const words = [...wrapper, binary, "serve", "--data-dir", dataDir, "--listen", "127.0.0.1:0", ...args];
  const began = Date.now();
  const child = start(words[0], words.slice(1));
  const url = await until(() => {
    if (child.exitCode !== null) throw new Error(`isobar ended: ${child.output}`);
    return child.output.match(/Isobar is ready: (\S+)/)?.[1];
  }, "isobar to be ready", 30);
  return {
    child,
    url,
    dataDir,
    readyMs: Date.now() - began,
    async stop(signal = "SIGTERM") {
      // Behind a wrapper the server is its child; the wrapper ends with it.
      const pid = wrapper.length === 0 ? child.pid : Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
      process.kill(pid, signal);
      return child.ended;
    },
  };
}

export async function startPrometheus(config, extra = []) {
  const port = await freePort();
  const file = writeTemporary("prometheus.yml", config);
  const child = start("/usr/bin/prometheus", [
    `--config.file=${file}`,
    `--storage.tsdb.path=${temporaryFolder()}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...extra,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`)).ok, "Prometheus to be ready", 30);
  return { child, url };
}

export async function startNodeExporter(args = []) {
  const port = await freePort();
  const child = start("/usr/bin/prometheus-node-exporter", [`--web.listen-address=127.0.0.1:${port}`, ...args]);
  await until(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).ok, "node_exporter to answer", 30);
  return { child, address: `127.0.0.1:${port}` };
}

export async function api(url, path, params = {}) {
  const form = new URLSearchParams(params);
  const posted = /^(query|series|labels)/.test(path);
  const response = await (posted
    ? fetch(`${url}/api/v1/${path}`, { method: "POST", body: form })
    : fetch(`${url}/api/v1/${path}?${form}`));
  const text = await response.text();
  const answer = JSON.parse(text);
  if (answer.status !== "success") throw new Error(`${path} ${JSON.stringify(params)}: ${text.slice(0, 500)}`);
  return answer.data;
}

export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kb = (name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]);
  return { rss: kb("VmRSS") * 1024, anonymous: kb("RssAnon") * 1024 };
}

// Also when a test dies outside its checks, or takes too long.
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

export async function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
