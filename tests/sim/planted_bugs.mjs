// Plants each bug of planted_bugs/*.bug in a copy of its source file, links the simulation with it, and expects that a seed
// fails: so that a simulation that passes means something.
//
//   node tests/sim/planted_bugs.mjs             all
//   node tests/sim/planted_bugs.mjs NAME...     some
//
// A file: lines `why:`, `file:`, `run:` (arguments of metrics_sim), `crash: counts` where a CHECK that stops the process
// catches it too; then the text to find, which must stand in the file once, and what stands there instead.
// Needs build/release with metrics_sim in it (./dev planted makes it). The copy is compiled as the original is.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const build = path.join(root, 'build/release');
const kSecondsPerRun = 240;

function parseBug(file) {
  const text = fs.readFileSync(file, 'utf8');
  const bug = { name: path.basename(file, '.bug') };
  const parts = /^([\s\S]*?)--- find\n([\s\S]*?)\n--- replace\n([\s\S]*?)\n?---\n$/.exec(text);
  if (!parts) throw new Error(`${file}: lacks "--- find", "--- replace" or the last "---"`);
  for (const line of parts[1].trim().split('\n')) {
    const [, key, value] = /^(why|file|run|crash): (.+)$/.exec(line) ?? [];
    if (!key) throw new Error(`${file}: not a line of a bug: ${line}`);
    bug[key] = value;
  }
  for (const key of ['why', 'file', 'run']) if (!bug[key]) throw new Error(`${file}: lacks "${key}:"`);
  return { ...bug, find: parts[2], replace: parts[3] };
}

const commands = JSON.parse(fs.readFileSync(path.join(build, 'compile_commands.json'), 'utf8'));
const linkLine = execFileSync('ninja', ['-C', build, '-t', 'commands', 'metrics_sim'], { encoding: 'utf8' }).trim().split('\n').pop();
const ccache = ['/usr/bin', '/usr/local/bin'].some((folder) => fs.existsSync(path.join(folder, 'ccache')));
// As cmake/toolchain.cmake has it, so that the cache sees through the precompiled header.
const environment = {
  ...process.env,
  CCACHE_SLOPPINESS: 'pch_defines,time_macros,include_file_mtime,include_file_ctime',
  CCACHE_BASEDIR: root,
  CCACHE_NOHASHDIR: '1',
};

function run(command, args, seconds) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: build, env: environment });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        if (out.length < 1e6) out += data;
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, out });
    });
  });
}

const shell = (line) => run('sh', ['-c', line], 600);

// The folder of the mutated copy, or an error that says why the bug is none.
function plant(bug) {
  const original = path.join(root, bug.file);
  const source = fs.readFileSync(original, 'utf8');
  const times = source.split(bug.find).length - 1;
  if (times !== 1) throw new Error(`its text stands ${times} times in ${bug.file}: bring it up to date`);
  const folder = path.join(build, 'planted', bug.name);
  fs.mkdirSync(folder, { recursive: true });
  const copy = path.join(folder, path.basename(bug.file));
  fs.writeFileSync(copy, source.replace(bug.find, () => bug.replace));
  return { folder, copy, original };
}

async function build_with({ folder, copy, original }) {
  const entry = commands.find((command) => command.file === original);
  if (!entry) throw new Error(`${original} is not compiled in build/release`);
  const object = path.join(folder, 'mutated.o');
  const compile = entry.command.replace(/ -o \S+ -c \S+$/, ` -w -o ${object} -c ${copy}`);
  const compiled = await shell((ccache ? 'ccache ' : '') + compile);
  if (compiled.code !== 0) throw new Error(`it does not compile:\n${compiled.out.slice(0, 2000)}`);
  // Before the libraries, so that their member of the same symbols is not taken.
  const binary = path.join(folder, 'metrics_sim');
  const link = linkLine
    .replace(/^: && /, '')
    .replace(/ && :$/, '')
    .replace(' -o tests/sim/metrics_sim ', ` ${object} -o ${binary} `);
  const linked = await shell(link);
  if (linked.code !== 0) throw new Error(`it does not link:\n${linked.out.slice(0, 2000)}`);
  return binary;
}

// The fault that caught it.
async function catch_with(binary, bug) {
  const { code, signal, out } = await run(binary, [...bug.run.split(' '), '--stop'], kSecondsPerRun);
  fs.rmSync(binary);
  const replay = /replay with: \.\/dev sim (.+)/.exec(out);
  if (code === 1 && replay) return out.split('\n').find((line) => line.includes(': '));
  if (code !== 0 && signal !== 'SIGKILL' && bug.crash === 'counts') return `the process ended: ${out.trim().split('\n').pop() || signal || code}`;
  if (signal === 'SIGKILL') throw new Error(`not caught: no end within ${kSecondsPerRun} s`);
  if (code === 0) throw new Error(`not caught by metrics_sim ${bug.run}`);
  throw new Error(`the process ended with ${code ?? signal}, and the bug does not say that this counts:\n${out.slice(-1000)}`);
}

let passed = 0;
let failed = 0;
async function judge(bug) {
  const start = process.hrtime.bigint();
  try {
    const fault = await catch_with(await build_with(plant(bug)), bug);
    ++passed;
    const seconds = Number((process.hrtime.bigint() - start) / 100_000_000n) / 10;
    console.log(`  caught ${bug.name} (${seconds} s)\n         ${fault.slice(0, 180)}`);
  } catch (error) {
    ++failed;
    console.log(`  FAILED ${bug.name}: ${error.message}\n         ${bug.why}`);
  }
}

const wanted = process.argv.slice(2);
const bugs = fs
  .readdirSync(path.join(here, 'planted_bugs'))
  .filter((name) => name.endsWith('.bug'))
  .sort()
  .map((name) => parseBug(path.join(here, 'planted_bugs', name)))
  .filter((bug) => wanted.length === 0 || wanted.includes(bug.name));
const queue = [...bugs];
await Promise.all(
  Array.from({ length: os.availableParallelism() }, async () => {
    while (queue.length > 0) await judge(queue.shift());
  }),
);
console.log(`figure: planted bugs: ${passed} of ${bugs.length} caught`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
