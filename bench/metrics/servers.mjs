// Isobar and Prometheus as the rows see them: started on a free port with a folder of their own, measured through /proc.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const isobarBinary = process.env.ISOBAR_BINARY ?? "build/release/isobar";
export const prometheusBinary = process.env.PROMETHEUS_BIN ?? "/usr/bin/prometheus";
const tools = join(dirname(isobarBinary), "bench");
const running = new Set();
const folders = new Set();

export const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Until `condition` gives something truthy.
export async function until(condition, what, seconds = 120, pause = 0.02) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const value = await Promise.resolve().then(condition).catch(() => false);
    if (value) return value;
    await wait(pause);
  }
  throw new Error(`waited ${seconds} s for: ${what}`);
}

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "isobar-bench-"));
  folders.add(folder);
  return folder;
}

export function remove(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

export function cleanUp() {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

// Bytes of the files below a folder, as their lengths say.
export function bytesOf(path) {
  return readdirSync(path, { withFileTypes: true }).reduce((sum, one) => {
    try {
      return sum + (one.isDirectory() ? bytesOf(join(path, one.name)) : statSync(join(path, one.name)).size);
    } catch {
      return sum; // removed meanwhile
    }
  }, 0);
}

const statFields = (pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
const cpuOf = (fields) => (Number(fields[11]) + Number(fields[12])) / 100;

function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1] ?? 0) * 1024;
  return { anonymous: bytes("RssAnon"), file: bytes("RssFile") };
}

class Server {
  constructor(name, child, url, folder) {
    Object.assign(this, { name, child, url, folder, pid: child.pid });
    this.ended = new Promise((resolve) => child.on("exit", resolve));
    running.add(child);
    this.ended.then(() => running.delete(child));
  }

  memory() { return memoryOf(this.pid); }

  // User and system time of all threads so far, seconds.
  cpuSeconds() { return cpuOf(statFields(this.pid)); }

  // Bytes that went to the disk so far, log, blocks and merges together.
  writtenBytes() { return Number(readFileSync(`/proc/${this.pid}/io`, "utf8").match(/^write_bytes: (\d+)/m)?.[1] ?? 0); }

  // Ends the server and gives its processor time to the very end: read while it is a zombie, before Node collects it.
  stop(signal = "SIGTERM") {
    this.child.kill(signal);
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    let fields = statFields(this.pid);
    while (fields[0] !== "Z") {
      Atomics.wait(sleeper, 0, 0, 5);
      fields = statFields(this.pid);
    }
    return { cpuSeconds: cpuOf(fields), ended: this.ended };
  }

  // Anonymous and file-backed memory while `work` runs, every `seconds`; whatever `mark` gives stands beside each.
  async watch(work, { seconds = 0.25, mark = () => undefined } = {}) {
    const samples = [];
    const began = performance.now();
    const take = () => {
      try {
        samples.push({ ...this.memory(), at: (performance.now() - began) / 1000, mark: mark() });
      } catch { /* it has ended */ }
    };
    const timer = setInterval(take, seconds * 1000);
    take();
    try {
      return { result: await work(), samples };
    } finally {
      take();
      clearInterval(timer);
    }
  }

  async get(path, params = {}) {
    const answer = await fetch(`${this.url}${path}?${new URLSearchParams(params)}`);
    const body = await answer.json();
    if (body.status !== "success") throw new Error(`${this.name} ${path}: ${JSON.stringify(body).slice(0, 300)}`);
    return body.data;
  }

  // A number of an instant query with one result; undefined without result.
  async number(query, time) {
    const data = await this.get("/api/v1/query", { query, ...(time === undefined ? {} : { time: String(time) }) });
    return data.result.length === 0 ? undefined : Number(data.result[0].value[1]);
  }

  // A value of its own /metrics, series of the name summed.
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return text.split("\n").filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Nothing is scraped: neither server adds samples of its own.
function emptyConfig(folder) {
  const path = join(folder, "empty.yml");
  writeFileSync(path, "global: {scrape_interval: 15s}\n");
  return path;
}

const port = { isobar: freePort, prometheus: freePort };

// `ready` is when /-/ready first said 200, seconds after the process was made.
async function launch(name, command, words, folder) {
  const address = `127.0.0.1:${await port[name]()}`;
  const began = performance.now();
  const child = spawn(command, [...words, ...(name === "isobar" ? ["--listen", address] : [`--web.listen-address=${address}`])],
    { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes) => (said = (said + bytes).slice(-4000)));
  const server = new Server(name, child, `http://${address}`, folder);
  await until(async () => {
    if (child.exitCode !== null) return true;
    return (await fetch(`${server.url}/-/ready`)).ok;
  }, `${name} to be ready`, 1800, 0.002);
  if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
  server.readySeconds = (performance.now() - began) / 1000;
  server.writeUrl = `${server.url}/api/v1/write`;
  return server;
}

export function startIsobar(args = [], folder = temporaryFolder()) {
  return launch("isobar", isobarBinary, ["serve", "--data-dir", join(folder, "data"), "--host.off", "--log.level", "error",
    "--config", emptyConfig(folder), ...args], folder);
}

export function startPrometheus(args = [], folder = temporaryFolder()) {
  return launch("prometheus", prometheusBinary, [`--storage.tsdb.path=${join(folder, "data")}`, `--config.file=${emptyConfig(folder)}`,
    "--web.enable-remote-write-receiver", "--log.level=error", ...args], folder);
}

export const start = { isobar: startIsobar, prometheus: startPrometheus };

// "2.42.0", or undefined without a Prometheus.
export function prometheusVersion() {
  const said = spawnSync(prometheusBinary, ["--version"], { encoding: "utf8" });
  return `${said.stdout ?? ""}${said.stderr ?? ""}`.match(/version (\d+\.\d+\.\d+)/)?.[1];
}

// Runs a generator; `line` sees what it prints. Gives the numbers of its last line by name, and all lines.
export function generate(tool, args, { line = () => {}, mayFail = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(tools, tool), args.map(String), { stdio: ["pipe", "pipe", "pipe"] });
    running.add(child);
    const lines = [];
    let rest = "";
    let said = "";
    child.stdout.on("data", (bytes) => {
      const parts = (rest + bytes).split("\n");
      rest = parts.pop();
      for (const one of parts) {
        lines.push(one);
        line(one, child);
      }
    });
    child.stderr.on("data", (bytes) => (said = (said + bytes).slice(-2000)));
    child.on("close", (code) => {
      running.delete(child);
      if (code !== 0 && !mayFail) return reject(new Error(`${tool}: ${said}`));
      const last = Object.fromEntries([...(lines.at(-1) ?? "").matchAll(/(\w+)=([\d.]+)/g)].map(([, name, value]) => [name, Number(value)]));
      resolve({ ...last, lines, said });
    });
  });
}

// Ends when `stop()` is called, with the answer's times by name of the question.
export function questions(server, list, { count = 0, pause = 0 } = {}) {
  const words = list.flatMap(([name, path, params]) => [name, `${server.url}${path}?${new URLSearchParams(params)}`]);
  let child;
  const done = generate("query_load", [count, pause, ...words], {}).then(({ lines }) => Object.fromEntries(lines.map((line) =>
    [line.split(" ")[0], Object.fromEntries([...line.matchAll(/(\w+)=([\d.]+)/g)].map(([, name, value]) => [name, Number(value)]))])));
  child = [...running].at(-1);
  return { done, stop: () => (child.stdin.end(), done) };
}
