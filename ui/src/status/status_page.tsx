/** Status: what the server is, what it scrapes, and which names have the most series. */
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { isAbort } from '../api/http';
import { fetchServerState, type ServerState } from '../api/server_state';
import { fetchBuildInfo, fetchCardinality, fetchRuntimeInfo, fetchTargets, type NameCount } from '../api/status';
import { formatValue } from '../model/units';
import { formatDateTime } from '../model/zoned_time';
import { zone as zoneStore } from '../shell/preferences';
import { useRefresh } from '../shell/refresh_clock';
import { useStore } from '../shell/store';
import { Budgets } from './budgets';
import { Targets } from './targets';

const REFRESH = 10;

type Loaded<T> = { value: T | null; problem: string | null };

export function StatusPage() {
  const targets = useLoaded(fetchTargets, REFRESH);
  const build = useLoaded(fetchBuildInfo, 0);
  const runtime = useLoaded(fetchRuntimeInfo, REFRESH);
  const cardinality = useLoaded(fetchCardinality, 60);
  const state = useLoaded<ServerState | null>(fetchServerState, REFRESH);
  const budgets = state.value?.budgets ?? [];
  return (
    <div class="status">
      <h1>Status</h1>
      <Part title="Targets" loaded={targets}>
        {targets.value && <Targets targets={targets.value} />}
      </Part>
      <div class="columns">
        <Part title="Build" loaded={build}>
          <Facts facts={{ ...(state.value?.version ? { isobar: state.value.version } : {}), ...build.value }} />
        </Part>
        <Part title="Runtime" loaded={runtime}>
          <Facts
            facts={{
              ...(state.value?.profile ? { profile: state.value.profile } : {}),
              ...(state.value?.tenant ? { tenant: state.value.tenant } : {}),
              ...runtime.value,
            }}
          />
        </Part>
      </div>
      {budgets.length > 0 && (
        <section aria-label="Memory budgets">
          <h2>Memory budgets</h2>
          <Budgets budgets={budgets} />
        </section>
      )}
      <Part title="Cardinality" loaded={cardinality}>
        {cardinality.value?.headStats && <HeadStats stats={cardinality.value.headStats} />}
        <div class="columns">
          <Counts title="Metrics by series" head="Metric" counts={cardinality.value?.seriesCountByMetricName} />
          <Counts title="Labels by number of values" head="Label" counts={cardinality.value?.labelValueCountByLabelName} />
          <Counts title="Label pairs by series" head="Label pair" counts={cardinality.value?.seriesCountByLabelValuePair} />
          <Counts title="Labels by memory" head="Label" counts={cardinality.value?.memoryInBytesByLabelName} bytes />
        </div>
      </Part>
      <p class="soft">
        <a href="assets/licenses.md">Licenses of the libraries in this page</a>
      </p>
    </div>
  );
}

function useLoaded<T>(fetch: (signal: AbortSignal) => Promise<T>, refresh: number): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ value: null, problem: null });
  const load = useCallback(() => {
    const abort = new AbortController();
    fetch(abort.signal).then(
      (value) => setLoaded({ value, problem: null }),
      (error: Error) => {
        if (!isAbort(error)) setLoaded((before) => ({ value: before.value, problem: error.message }));
      },
    );
    return () => abort.abort();
  }, [fetch]);
  useEffect(load, [load]);
  useRefresh(refresh, load);
  return loaded;
}

function Part({ title, loaded, children }: { title: string; loaded: Loaded<unknown>; children: ComponentChildren }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {loaded.problem && (
        <p class="notice error" role="alert">
          <strong>Error</strong> <span>{loaded.problem}</span>
        </p>
      )}
      {loaded.value === null && !loaded.problem ? <p class="empty">Loading …</p> : children}
    </section>
  );
}

function Facts({ facts }: { facts: Record<string, unknown> }) {
  const entries = Object.entries(facts).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '');
  return (
    <table class="facts-table">
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{String(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const HEAD_STATS = [
  ['numSeries', 'series'],
  ['numLabelPairs', 'label pairs'],
  ['chunkCount', 'chunks'],
] as const;

function HeadStats({ stats }: { stats: Record<string, number | string> }) {
  const zone = useStore(zoneStore);
  const counts = HEAD_STATS.flatMap(([key, name]) => (stats[key] === undefined ? [] : [`${stats[key]} ${name}`]));
  const [from, to] = [Number(stats.minTime) / 1000, Number(stats.maxTime) / 1000];
  const span = from > 0 && to >= from ? `, ${formatDateTime(from, zone)} to ${formatDateTime(to, zone)}` : '';
  return (
    <p>
      In memory: {counts.join(', ')}
      {span}
    </p>
  );
}

function Counts({ title, head, counts, bytes = false }: { title: string; head: string; counts: NameCount[] | undefined; bytes?: boolean }) {
  if (!counts?.length) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <table class="facts-table">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col" class="number">
              {bytes ? 'Memory' : 'Count'}
            </th>
          </tr>
        </thead>
        <tbody>
          {counts.map(({ name, value }) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="number">{formatValue(value, bytes ? 'bytes' : 'number')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
