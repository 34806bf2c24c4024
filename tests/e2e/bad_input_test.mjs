// Hostile and broken input over real sockets: a clear 4xx or a closed connection, memory within bounds, and nothing
// acknowledged is lost.
import { connect } from "node:net";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { api, check, equal, figure, finish, holds, memory, startIsobar, until, writeTemporary } from "./harness.mjs";
import { message, push, sample, series, snappy } from "./remote_write.mjs";

// A target that would give a million series; its job allows a thousand.
const flood = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
  let n = 0;
  const more = () => {
    while (n < 1_000_000) {
      let piece = "";
      for (let i = 0; i < 1000; i++) piece += `flood_total{n="${n++}"} 1\n`;
      if (!response.write(piece)) return response.once("drain", more);
    }
    response.end();
  };
  more();
});
await new Promise((resolve) => flood.listen(0, "127.0.0.1", resolve));
const config = writeTemporary(
  "isobar.yml",
  `scrape_configs:
  - job_name: flood
    scrape_interval: 1s
    sample_limit: 1000
    static_configs:
      - targets: ["127.0.0.1:${flood.address().port}"]
`,
);
const isobar = await startIsobar({ args: ["--config", config, "--host.off", "--limits.max-series", "5000"] });
const now = Date.now();
const port = Number(new URL(isobar.url).port);
const good = { __name__: "good", job: "e2e" };
equal((await push(isobar.url, snappy(series(good, [[1, now]])))).status, 204, "a good request");

async function refused(name, body, status, text, headers = {}) {
  await check(name, async () => {
    const response = await push(isobar.url, body, headers);
    const answer = await response.text();
    equal(response.status, status, `status (${answer.slice(0, 200)})`);
    holds(text.test(answer), `the answer does not say why: ${answer.slice(0, 300)}`);
  });
}

const valid = series({ __name__: "bad", job: "e2e" }, [[1, now]]);
await refused("a body that is not snappy", Buffer.from("hello, this is text"), 400, /snappy/);
await refused("a snappy body cut short", snappy(valid).subarray(0, 20), 400, /snappy/);
await refused("a snappy bomb", Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(10)]), 413, /32 ?MB|33554432/);
await refused("a protobuf cut short", snappy(valid.subarray(0, valid.length - 3)), 400, /protobuf/);
await refused("a hostile protobuf length", snappy(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])), 400, /protobuf/);
await refused("an unknown content type", snappy(valid), 415, /application\/x-protobuf/, { "content-type": "application/json" });
await refused("an unknown content encoding", snappy(valid), 415, /snappy/, { "content-encoding": "br" });
await refused("a label value of 10 kB", snappy(series({ __name__: "bad", v: "x".repeat(10_000) }, [[1, now]])), 400, /max-label-value-bytes/);
await refused("a hundred labels", snappy(series({ __name__: "bad", ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`l${i}`, "v"])) }, [[1, now]])), 400, /max-label-names/);
await refused("a timestamp in the far future", snappy(series({ __name__: "bad" }, [[1, now + 86_400_000]])), 400, /future/);
await refused("a tenant with a slash", snappy(valid), 400, /X-Scope-OrgID/, { "x-scope-orgid": "a/b" });

async function refusedText(name, path, body, status, text, headers = {}) {
  await check(name, async () => {
    const response = await fetch(`${isobar.url}${path}`, { method: "POST", body, headers });
    const answer = await response.text();
    equal(response.status, status, `status (${answer.slice(0, 200)})`);
    holds(text.test(answer), `the answer does not say why: ${answer.slice(0, 300)}`);
  });
}

const gzip = { "content-encoding": "gzip" };
await refusedText("a line whose tags go to 100,000 fields", "/write", `m,a=${"x".repeat(8000)} ${Array.from({ length: 100_000 }, (_, i) => `f${i}=1`).join(",")}`, 413, /128 MiB/);
await refusedText("a gzip bomb of lines", "/api/v1/push/influx/write", gzipSync(Buffer.alloc(100 << 20, "m value=1\n")), 413, /max-body-bytes/, gzip);
const damaged = gzipSync("m 1\n");
damaged[damaged.length - 8] ^= 1; // of the checksum
await refusedText("a damaged gzip body", "/api/v1/import/prometheus", damaged, 400, /gzip/, gzip);
await refusedText("random bytes as a page", "/api/v1/import/prometheus", Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x80]), 400, /line 1/);
await refusedText("random bytes as lines", "/api/v2/write", Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x80]), 400, /line 1/);

await check("a label of 100 MB is refused before it is read", async () => {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (bytes) => (answer += bytes));
  socket.on("error", () => {});
  socket.write(`POST /api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nContent-Length: ${100 << 20}\r\n\r\n`);
  await until(() => answer.includes("\r\n"), "an answer", 10);
  holds(answer.startsWith("HTTP/1.1 413"), answer.slice(0, 200));
  socket.destroy();
});

await check("a series with invalid UTF-8 or without a name is skipped, the others are written", async () => {
  const invalid = message(1, Buffer.concat([message(1, Buffer.concat([message(1, "__name__"), message(2, Buffer.from([0xff, 0xfe]))])), sample(1, now)]));
  const unnamed = series({ job: "e2e" }, [[1, now]]);
  const fine = series({ __name__: "beside", job: "e2e" }, [[7, now]]);
  equal((await push(isobar.url, snappy(Buffer.concat([invalid, unnamed, fine])))).status, 204, "status");
  equal((await api(isobar.url, "query", { query: "beside", time: now / 1000 })).result[0].value[1], "7");
});

await check("a query of more than 1 MB", async () => {
  const response = await fetch(`${isobar.url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: "1+".repeat(700_000) + "1" }) });
  holds(response.status === 400 || response.status === 413, `status ${response.status}`);
});

await check("a query nested 100,000 deep", async () => {
  const response = await fetch(`${isobar.url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: "(".repeat(100_000) + "1" + ")".repeat(100_000) }) });
  equal(response.status, 400, "status");
});

await check("a scrape of a million series over its limit", async () => {
  const target = await until(async () => (await api(isobar.url, "targets")).activeTargets.find((t) => t.lastError), "the scrape to fail", 30);
  holds(/sample_limit|sample limit/.test(target.lastError), target.lastError);
  equal((await api(isobar.url, "query", { query: "count(flood_total)" })).result, [], "series of the flood");
});

await check("2,000 idle connections and a slow sender leave room for others", async () => {
  const sockets = [];
  for (let i = 0; i < 2000; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    sockets.push(socket);
  }
  const slow = connect(port, "127.0.0.1");
  let closed = false;
  slow.on("error", () => {});
  slow.on("close", () => (closed = true));
  slow.resume(); // an unread answer would hide the end
  slow.write("POST /api/v1/push HTTP/1.1\r\nHo");
  // Idle connections above the limit are refused; once they are gone, or beside them, a request gets through.
  await until(() => sockets.filter((s) => s.destroyed || s.readyState === "closed" || s.readableEnded).length >= 900, "connections over the limit to be refused", 30);
  sockets.slice(0, 1000).forEach((socket) => socket.destroy());
  await until(async () => (await fetch(`${isobar.url}/-/ready`)).ok, "an answer beside idle connections", 30);
  await until(() => closed, "the slow sender to be cut off", 30);
  sockets.forEach((socket) => socket.destroy());
});

await refused("more series than the tenant may have", snappy(Buffer.concat(Array.from({ length: 6000 }, (_, i) => series({ __name__: "many", n: String(i) }, [[1, now]])))), 400, /max-series/);

await check("memory stayed within its budgets", () => {
  const { anonymous } = memory(isobar.child.pid);
  figure(`anonymous memory after bad input: ${Math.round(anonymous / 1048576)} MB`);
  holds(anonymous < 300 * 1048576, `${anonymous} bytes`);
});

await check("what was acknowledged is still there", async () => {
  equal((await api(isobar.url, "query", { query: "good", time: now / 1000 })).result[0].value[1], "1");
  equal((await isobar.stop()).code, 0, "exit status");
});

flood.close();
await finish();
