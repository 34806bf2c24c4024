/** One graph of the home page, which fetches its own values while it is on the screen. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isAbort } from '../api/http';
import { queryRange, type RangeAnswer } from '../api/query';
import { ChartPanel } from '../chart/chart_panel';
import { buildChart } from '../chart/lines';
import { extent } from '../model/columns';
import { everythingVisible, exploreLink, isolated, toggled } from '../model/explore_state';
import { alignedGrid, autoStep, rateWindow } from '../model/step';
import type { Interval, TimeRange } from '../model/time_range';
import { formatClock } from '../model/zoned_time';
import { zone as zoneStore } from '../shell/preferences';
import { useStore } from '../shell/store';
import type { PanelSpec } from './panels';

/** What a panel learnt, for the page as a whole. */
export interface PanelReport {
  series: number;
  /** First point with a value, unix seconds. */
  first: number | null;
  reachable: boolean;
}

interface Props {
  spec: PanelSpec;
  host: string;
  interval: Interval;
  range: TimeRange;
  refresh: number;
  onReport: (id: string, report: PanelReport) => void;
  onZoom: (start: number, end: number) => void;
}

interface Shown {
  answers: RangeAnswer[];
  names: string[];
  interval: Interval;
}

const HEIGHT = 150;
const LINES = 20;

export function Panel({ spec, host, interval, range, refresh, onReport, onZoom }: Props) {
  const frame = useRef<HTMLElement>(null);
  const zone = useStore(zoneStore);
  const onScreen = useOnScreen(frame);
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<{ message: string; since: number } | null>(null);
  const [visibility, setVisibility] = useState(everythingVisible);
  const [asTable, setAsTable] = useState(false);

  const width = interval.end - interval.start;
  const step = autoStep(width, frame.current?.clientWidth || 400);
  const queries = useMemo(() => spec.queries({ window: `${rateWindow(step)}s`, host }), [spec, step, host]);
  // The time alone changes with every refresh; a request for other queries ends the one under way.
  const identity = JSON.stringify([queries, Math.round(width)]);
  const underWay = useRef<{ identity: string; controller: AbortController } | null>(null);

  useEffect(() => {
    if (!onScreen) return;
    if (underWay.current?.identity === identity) return;
    underWay.current?.controller.abort();
    const controller = new AbortController();
    const mine = { identity, controller };
    underWay.current = mine;
    const grid = alignedGrid(interval, step);
    Promise.all(queries.map(({ expression }) => queryRange({ query: expression, grid, seriesLimit: LINES }, controller.signal)))
      .then(
        (answers) => {
          setShown({ answers, names: queries.map(({ name }) => name), interval });
          setProblem(null);
          const firsts = answers.flatMap(({ columns }) => extent(columns)?.first ?? []);
          const series = answers.reduce((sum, { columns }) => sum + columns.series.length, 0);
          onReport(spec.id, { series, first: firsts.length > 0 ? Math.min(...firsts) : null, reachable: true });
        },
        (error: unknown) => {
          if (isAbort(error)) return;
          setProblem((before) => before ?? { message: (error as Error).message, since: Date.now() / 1000 });
          onReport(spec.id, { series: 0, first: null, reachable: false });
        },
      )
      .finally(() => {
        if (underWay.current === mine) underWay.current = null;
      });
  }, [identity, interval, onScreen]);
  useEffect(() => () => underWay.current?.controller.abort(), []);

  const chart = useMemo(
    () =>
      shown &&
      buildChart(
        shown.answers.map(({ columns }, i) => ({ prefix: '', template: shown.names[i]!, columns })),
        shown.interval,
        visibility,
      ),
    [shown, visibility],
  );

  return (
    <article class="panel" ref={frame} aria-labelledby={`panel-${spec.id}`} data-panel={spec.id}>
      <header>
        <h3 id={`panel-${spec.id}`}>{spec.title}</h3>
        <button type="button" class="plain" aria-pressed={asTable} aria-label={`View ${spec.title} as table`} onClick={() => setAsTable(!asTable)}>
          Table
        </button>
        <a
          class="plain"
          href={exploreLink(queries.map(({ expression }) => expression), range, refresh)}
          aria-label={`Open ${spec.title} in Explore`}
        >
          Explore
        </a>
      </header>
      {problem && (
        <p class="panel-problem" role="status">
          {shown ? `Not updated since ${formatClock(problem.since, zone)}: ` : ''}
          {problem.message}
        </p>
      )}
      {chart && chart.data.lines.length > 0 ? (
        <ChartPanel
          title={spec.title}
          data={chart.data}
          unit={spec.unit}
          height={HEIGHT}
          stacked={spec.stacked ?? false}
          fromZero
          syncKey="home"
          legend="last"
          asTable={asTable}
          onZoom={onZoom}
          onToggle={(key) => setVisibility(toggled(visibility, key))}
          onIsolate={(key) => setVisibility(isolated(visibility, key))}
        />
      ) : (
        !problem && <p class="empty">{shown ? (spec.whenEmpty ?? 'No data in this time range.') : 'Loading …'}</p>
      )}
    </article>
  );
}

function useOnScreen(frame: { current: HTMLElement | null }): boolean {
  const [onScreen, setOnScreen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setOnScreen(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: '100px',
    });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  return onScreen;
}
