/** Names for completion, from the server, kept for a minute. */
import type { PrometheusClient } from '@prometheus-io/codemirror-promql/dist/esm/client/prometheus';
import type { Matcher } from '@prometheus-io/codemirror-promql/dist/esm/types';
import * as names from '../api/names';
import { selector } from './selector';

const KEPT_MILLISECONDS = 60_000;

export function completionClient(): PrometheusClient {
  const kept = new Map<string, { at: number; value: Promise<unknown> }>();
  const keep = <T>(key: string, fetch: () => Promise<T>, empty: T): Promise<T> => {
    const entry = kept.get(key);
    if (entry && Date.now() - entry.at < KEPT_MILLISECONDS) return entry.value as Promise<T>;
    const value = fetch().catch(() => {
      kept.delete(key);
      return empty;
    });
    kept.set(key, { at: Date.now(), value });
    return value;
  };
  return {
    metricNames: () => keep('metrics', () => names.labelValues('__name__'), []),
    labelNames: (metric) => {
      const match = selector(metric);
      return keep(`labels ${match}`, () => names.labelNames(match ? { match } : {}), []);
    },
    labelValues: (label, metric, matchers) => {
      const match = selector(metric, matchers, label);
      return keep(`values ${label} ${match}`, () => names.labelValues(label, match ? { match } : {}), []);
    },
    metricMetadata: () => keep('metadata', names.metadata, {}),
    series: (metric: string, matchers?: Matcher[], label?: string) => {
      const match = selector(metric, matchers, label);
      return keep(
        `series ${match}`,
        async () => (match ? (await names.series(match)).map((labels) => new Map(Object.entries(labels))) : []),
        [],
      );
    },
    flags: () => Promise.resolve({}),
  };
}
