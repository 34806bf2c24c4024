/** Home: what is degraded, and the graphs of the host and of the server. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { fetchServerState } from '../api/server_state';
import { RefreshPicker } from '../controls/refresh_picker';
import { TimePicker } from '../controls/time_picker';
import { parseDuration } from '../model/duration';
import { parseRange } from '../model/explore_state';
import { at, formatTimePoint, isLive, last, resolve, shift, zoomOut, type Interval, type TimeRange } from '../model/time_range';
import { navigate } from '../shell/address';
import { useShortcuts } from '../shell/keyboard';
import { useRefresh } from '../shell/refresh_clock';
import { EmptyState } from './empty_state';
import { useHostChoice } from './host_choice';
import { HostFacts } from './host_facts';
import { Panel, type PanelReport } from './panel';
import { PlanStrip } from './plan_strip';
import { HOST_PANELS, hostMatcher, SERVER_PANELS, type PanelSpec } from './panels';
import { ServerReport, type StateReport } from './server_report';

const DEFAULT_RANGE = last(900);
const DEFAULT_REFRESH = 5;
/** While there is less data than this (seconds), the graphs refresh more often. */
const YOUNG = 60;
const STATE_REFRESH = 10;
/** So long (seconds) a server that has just started may take to collect its first host metrics. */
const FIRST_METRICS = 6;

const now = () => Date.now() / 1000;

export function HomePage({ params }: { params: URLSearchParams }) {
  const range = useMemo(() => parseRange(params, DEFAULT_RANGE), [params]);
  const refresh = parseDuration(params.get('refresh') ?? '') ?? DEFAULT_REFRESH;
  const [moment, setMoment] = useState(now);
  const [round, setRound] = useState(0);
  const choice = useHostChoice(params.get('instance'), round);
  const host = hostMatcher(choice.instance);
  const { reports, onReport } = useReports(JSON.stringify([range, host]));

  const [opened] = useState(now);
  // Where there is no data yet, it can only begin after the page was opened.
  const known = [...reports.values()].filter((report) => report.reachable);
  const first = Math.min(...known.map((report) => report.first ?? opened));
  const noData = known.every((report) => report.first === null);
  const interval = useMemo(() => fitted(resolve(range, moment), first), [range, moment, first]);
  const young = isLive(range) && moment - Math.min(first, moment) < YOUNG;
  const again = useCallback(() => {
    setMoment(now());
    setRound((before) => before + 1);
  }, []);
  useRefresh(young ? Math.min(noData ? 1 : 2, refresh) : refresh, again);
  useEffect(() => setMoment(now()), [range]);

  const change = (next: Partial<{ range: TimeRange; refresh: number; instance: string }>) => {
    const query = new URLSearchParams(params);
    const chosen = next.range ?? range;
    query.set('from', formatTimePoint(chosen.from));
    query.set('to', formatTimePoint(chosen.to));
    if (next.refresh !== undefined) query.set('refresh', String(next.refresh));
    if (next.instance !== undefined) query.set('instance', next.instance);
    navigate(query.toString());
  };
  const shiftBy = (direction: -1 | 1) => change({ range: shift(range, direction, now()) });
  const zoomBack = () => change({ range: zoomOut(range, now()) });
  useShortcuts({ '[': () => shiftBy(-1), ']': () => shiftBy(1), 'mod+z': zoomBack, r: again });

  const hostReports = HOST_PANELS.flatMap(({ id }) => reports.get(id) ?? []);
  const patient = refresh > 0 && isLive(range) && moment - opened < FIRST_METRICS;
  const empty = !patient && hostReports.length >= 3 && hostReports.every((report) => report.reachable && report.series === 0);
  const grid = (specs: PanelSpec[]) => (
    <div class="panels">
      {specs.map((spec) => (
        <Panel
          key={spec.id}
          spec={spec}
          host={host}
          interval={interval}
          range={range}
          refresh={refresh}
          onReport={onReport}
          onZoom={(from, to) => change({ range: { from: at(Math.round(from)), to: at(Math.round(to)) } })}
        />
      ))}
    </div>
  );

  return (
    <div class="home">
      <h1 class="visually-hidden">Home</h1>
      <div class="toolbar">
        <TimePicker range={range} onChange={(next) => change({ range: next })} onShift={shiftBy} onZoomOut={zoomBack} />
        <RefreshPicker seconds={refresh} onChange={(seconds) => change({ refresh: seconds })} onRefresh={again} />
        {choice.all.length > 1 && (
          <label class="inline-field">
            Host
            <select value={choice.instance ?? ''} onChange={(event) => change({ instance: event.currentTarget.value })}>
              {choice.all.map((instance) => (
                <option key={instance} value={instance}>
                  {instance}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <ServerReport report={useServerState()} />
      <section aria-labelledby="host-title">
        <div class="section-head">
          <h2 id="host-title">Host</h2>
          {choice.instance !== null && <HostFacts host={host} round={empty ? round : 0} />}
        </div>
        {empty && <EmptyState instance={choice.instance ?? ''} />}
        {choice.instance !== null && grid(HOST_PANELS)}
      </section>
      <PlanStrip />
      <section aria-labelledby="server-title">
        <h2 id="server-title">Monitoring</h2>
        {choice.instance !== null && grid(SERVER_PANELS)}
      </section>
    </div>
  );
}

/** A range that the data fills only to a small part begins where the data does, so that first points are not lost at the edge. */
export function fitted(interval: Interval, first: number): Interval {
  const width = interval.end - interval.start;
  if (!Number.isFinite(first) || interval.end - first >= width / 2) return interval;
  return { start: Math.max(interval.start, Math.min(first, interval.end - 30)), end: interval.end };
}

/** What the panels learnt about `subject`; forgotten when the subject changes. */
function useReports(subject: string) {
  const [held, setHeld] = useState({ subject, reports: new Map<string, PanelReport>() });
  const onReport = useCallback(
    (id: string, report: PanelReport) =>
      setHeld((before) => {
        const known = before.subject === subject ? before.reports : new Map<string, PanelReport>();
        const old = known.get(id);
        const first = old?.first != null && report.first != null ? Math.min(old.first, report.first) : (report.first ?? old?.first ?? null);
        if (old && old.first === first && (old.series > 0) === (report.series > 0) && old.reachable === report.reachable) return before;
        return { subject, reports: new Map(known).set(id, { ...report, first }) };
      }),
    [subject],
  );
  return { reports: held.subject === subject ? held.reports : new Map<string, PanelReport>(), onReport };
}

function useServerState(): StateReport {
  const [report, setReport] = useState<StateReport>({ kind: 'waiting' });
  const ask = useCallback(() => {
    fetchServerState().then(
      (state) => setReport(state ? { kind: 'known', state } : { kind: 'not offered' }),
      (error: Error) => setReport({ kind: 'unreachable', message: error.message }),
    );
  }, []);
  useEffect(ask, []);
  useRefresh(report.kind === 'not offered' ? 0 : STATE_REFRESH, ask);
  return report;
}
