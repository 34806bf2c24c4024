// Two real Prometheus servers as an HA pair: one series of each target, one continues where the other is killed, no counter
// falls; and a tenant's relabelling in every door.
import { api, check, equal, finish, holds, startIsobar, startPrometheus, until, writeTemporary } from "./harness.mjs";

const config = writeTemporary("isobar.yml", `
scrape_configs: []
overrides:
  anonymous: {accept_ha_samples: true}
  tidy:
    metric_relabel_configs:
    - {source_labels: [__name__], regex: debug_.*, action: drop}
    - {regex: pod, action: labeldrop}
`);
const isobar = await startIsobar({ args: ["--host.off", "--config", config] });
const tenant = (name) => ({ headers: { "X-Scope-OrgID": name } });

async function query(who, text) {
  const answer = await (await fetch(`${isobar.url}/api/v1/query?${new URLSearchParams({ query: text })}`, tenant(who))).json();
  equal(answer.status, "success", text);
  return answer.data.result;
}
const metric = async (name) => Number((await (await fetch(`${isobar.url}/metrics`)).text()).match(new RegExp(`^${name} (\\S+)$`, "m"))?.[1] ?? NaN);

// Debian's Prometheus sends no headers with remote write, so they write as the tenant that is assumed without one.
// Both scrape Isobar itself, whose counters rise all the time, every second.
const replica = (name) => startPrometheus(`
global: {scrape_interval: 1s, external_labels: {cluster: eu, __replica__: ${name}}}
scrape_configs: [{job_name: isobar, static_configs: [{targets: ["${new URL(isobar.url).host}"]}]}]
remote_write:
- url: ${isobar.url}/api/v1/push
  queue_config: {batch_send_deadline: 500ms}
`);
const a = await replica("a");
const b = await replica("b");

await check("one replica's samples are stored, without its label", async () => {
  await until(async () => (await metric("isobar_ha_deduplicated_samples_total")) > 100, "samples of both replicas");
  // Some scrapes of the owner, so that its interval is known.
  await until(async () => Number((await query("anonymous", "count_over_time(up[1m])"))[0]?.value[1]) >= 4, "four samples of one target");
  const up = await query("anonymous", "up");
  equal(up.map(({ metric: labels }) => labels), [{ __name__: "up", cluster: "eu", instance: new URL(isobar.url).host, job: "isobar" }]);
  equal(await query("anonymous", 'count({__replica__!=""})'), []);
  equal(await metric("isobar_ha_targets"), 1);
});

await check("when a replica dies the other goes on, and no counter falls", async () => {
  // Whoever stopped, the target must be written by the one that is left.
  for (const dead of [a, b]) {
    if (dead === b) break;
    dead.child.kill("SIGKILL");
    await dead.child.ended;
  }
  const killed = Date.now() / 1000;
  const samples = await until(async () => {
    const result = await query("anonymous", "isobar_ingest_samples_total[1m]");
    return result.length === 1 && result[0].values.at(-1)[0] > killed + 4 && result[0].values;
  }, "samples of the replica that is left");
  for (let i = 1; i < samples.length; ++i) {
    holds(Number(samples[i][1]) >= Number(samples[i - 1][1]), `the counter fell at ${samples[i][0]}`);
    const gap = samples[i][0] - samples[i - 1][0];
    holds(gap >= 0.45 && gap <= 3.5, `two samples are ${gap} s apart`);
  }
});

await check("the next one that takes over does so as well", async () => {
  const c = await replica("c");
  await until(async () => (await fetch(`${c.url}/api/v1/query?query=up`)).ok && (await api(c.url, "query", { query: "up" })).result.length === 1, "the new replica's first scrape");
  b.child.kill("SIGKILL");
  await b.child.ended;
  const killed = Date.now() / 1000;
  await until(async () => (await query("anonymous", "up[1m]"))[0]?.values.at(-1)[0] > killed + 4, "samples of the third replica");
  equal(await query("anonymous", "resets(isobar_ingest_samples_total[1m])").then((result) => result.map(({ value }) => value[1])), ["0"]);
});

await check("a tenant's rules hold in each door", async () => {
  const now = Date.now();
  const nano = `${now}000000`;
  const send = (path, type, body) => fetch(`${isobar.url}${path}`, { method: "POST", body, headers: { "X-Scope-OrgID": "tidy", "Content-Type": type } });
  const points = (name) => ({ name, gauge: { dataPoints: [{ timeUnixNano: nano, asInt: "1", attributes: [{ key: "pod", value: { stringValue: "p" } }] }] } });
  const otlp = await send("/otlp/v1/metrics", "application/json", JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [points("otlp"), points("debug_otlp")] }] }] }));
  equal([otlp.status, await otlp.json()], [200, {}], "what rules drop is no partial success");
  const text = await send("/api/v1/import/prometheus", "text/plain", `debug_text 1\ntext{pod="p"} 1\n`);
  equal(text.status, 204);
  const influx = await send("/api/v1/push/influx/write", "text/plain", `debug_influx,pod=p value=1 ${nano}\ninflux,pod=p value=1 ${nano}\n`);
  equal(influx.status, 204);
  const found = (await query("tidy", '{__name__!=""}')).map(({ metric: labels }) => labels);
  equal(found.filter(({ __name__ }) => __name__.startsWith("debug")), []);
  equal(found.filter((labels) => "pod" in labels), []);
  equal(found.length, 3, JSON.stringify(found));
  equal(await metric("isobar_ingest_relabel_dropped_samples_total"), 3);
});

await finish();
