// A query that would need gigabytes, again and again, beside ten small ones a second: it is stopped at its budget, and they
// do not notice.
import { questions, wait } from "../metrics/servers.mjs";

const everything = '{__name__=~".+"}';
// Each copy has a label of its own, so that none of the series are equal and all would have to be held.
const copies = (count) => Array.from({ length: count }, (_, i) => `label_replace(${everything}, "copy", "${i}", "", "")`).join(" or ");

// `series`: how many `everything` selects. Gives the answer to the large query and the times of the small ones.
export async function measureBudget(server, { end, seconds, series, duration }) {
  const step = Math.max(1, Math.ceil(seconds / 10_900)), steps = Math.floor(seconds / step) + 1;
  const count = Math.ceil(10e9 / (series * steps * 9));
  const large = `${server.url}/api/v1/query_range?${new URLSearchParams({ query: copies(Math.min(count, 200)), start: String(end - seconds), end: String(end), step: String(step) })}`;
  const small = questions(server, [["small", "/api/v1/query", { query: 'sum(rate(http_requests_total{handler="/api/v1/handler-00"}[5m]))', time: String(end) }]],
    { pause: 0.1 });
  const until = performance.now() + duration * 1000;
  const answers = [];
  while (performance.now() < until) {
    const began = performance.now();
    const answer = await fetch(large);
    answers.push({ status: answer.status, error: (await answer.json()).error, seconds: (performance.now() - began) / 1000 });
    await wait(0.01);
  }
  const times = (await small.stop()).small;
  return { wanted: count * series * steps * 9, answers, times };
}
