// isobar check data: beside a running server, after its end, after a kill, and with one byte changed in a block and in
// the log.
import { execFile } from "node:child_process";
import { openSync, readdirSync, readSync, writeSync, closeSync } from "node:fs";
import { join } from "node:path";
import { binary, check, equal, finish, holds, startIsobar, temporaryFolder } from "./harness.mjs";

const run = (folder) =>
  new Promise((resolve) => {
    execFile(binary, ["check", "data", folder], (error, out, errors) => resolve({ code: error ? error.code : 0, out, errors }));
  });
const dataDir = temporaryFolder();
const args = ["--host.off", "--config", "/dev/null"];

async function push(isobar, text) {
  const answer = await fetch(`${isobar.url}/api/v1/import/prometheus`, { method: "POST", body: text });
  equal(answer.status, 204, "status of the push");
}

function changeByte(path, offset) {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte[0] ^= 0x40;
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}

await check("beside a server the blocks are checked and the log is left out", async () => {
  const isobar = await startIsobar({ dataDir, args });
  await push(isobar, 'checked{n="1"} 1\nchecked{n="2"} 2\n');
  const { code, out } = await run(dataDir);
  holds(out.includes("the log is left out: a server writes it"), out);
  equal(code, 0, "exit status");
  await isobar.stop();
  const after = await run(dataDir);
  holds(/^[1-9]\d* blocks?, \d+ bytes\n/.test(after.out) && after.out.endsWith("no damage found\n"), after.out);
});

await check("a changed byte of a block is named with its file", async () => {
  const blocks = join(dataDir, "objects", "metrics", "blocks");
  const name = readdirSync(blocks)[0];
  changeByte(join(blocks, name), 20);
  const { code, out } = await run(dataDir);
  holds(out.includes(join(blocks, name) + ": "), out);
  holds(out.endsWith(`1 problem found\nwhat can be done, and what would be lost: isobar repair data ${dataDir}\n`), out);
  equal(code, 1, "exit status");
});

await check("a changed byte below an acknowledged record is named with its segment", async () => {
  const folder = temporaryFolder();
  const isobar = await startIsobar({ dataDir: folder, args });
  await push(isobar, "first 1\n");
  await push(isobar, "second 2\n");
  await isobar.stop("SIGKILL");
  equal((await run(folder)).code, 0, "exit status before");
  const log = join(folder, "log", "metrics");
  const name = readdirSync(log)[0];
  changeByte(join(log, name), 70);
  const { code, out } = await run(folder);
  holds(out.includes(join(log, name) + ": acknowledged records are damaged at position 0"), out);
  equal(code, 1, "exit status");
});

await check("a folder that is not there is an error", async () => {
  const { code, errors } = await run(join(dataDir, "nowhere"));
  holds(errors.startsWith("isobar check: cannot list"), errors);
  equal(code, 1, "exit status");
});

await finish();
