/** The graph tab: all answers in one chart. */
import { useMemo, useState } from 'preact/hooks';
import { ChartPanel } from '../chart/chart_panel';
import { buildChart } from '../chart/lines';
import { extent } from '../model/columns';
import { describeAge } from '../model/duration';
import { isolated, letterOf, MAX_DRAW_LIMIT, toggled, type Visibility } from '../model/explore_state';
import { inferUnit } from '../model/infer_unit';
import { seriesName } from '../model/series_name';
import type { Unit } from '../model/units';
import { Notice } from './notices';
import type { QueryResult, Results } from './results';

interface Props {
  results: Results;
  live: boolean;
  visibility: Visibility;
  drawLimit: number;
  onVisibility: (visibility: Visibility) => void;
  onDrawLimit: (limit: number) => void;
  onZoom: (start: number, end: number) => void;
}

export function GraphView({ results, live, visibility, drawLimit, onVisibility, onDrawLimit, onZoom }: Props) {
  const [asTable, setAsTable] = useState(false);
  const answered = results.results.flatMap((result) => (result.answer?.kind === 'range' ? [{ result, columns: result.answer.answer.columns }] : []));
  const unit = commonUnit(answered.map(({ result }) => result));
  const several = results.results.length > 1;
  const { data, common } = useMemo(
    () =>
      buildChart(
        answered.map(({ result, columns }) => ({ prefix: several ? letterOf(result.index) : '', columns })),
        results.interval,
        visibility,
      ),
    [results, visibility],
  );
  const total = answered.reduce((sum, { columns }) => sum + columns.total, 0);
  const histograms = answered.reduce((sum, { columns }) => sum + columns.histogramSeries, 0);
  const nonFinite = answered.reduce((sum, { columns }) => sum + columns.nonFinite, 0);
  const drawn = data.lines.length;
  const cut = answered.some(({ columns }) => columns.total - columns.histogramSeries > columns.series.length);

  if (answered.length === 0) return null;
  return (
    <div class="graph">
      <StaleNotice results={results} live={live} newest={Math.max(...answered.map(({ columns }) => extent(columns)?.last ?? -Infinity))} />
      {cut && (
        <Notice severity="warning">
          The graph shows {drawn} of {total} series.{' '}
          {drawLimit < MAX_DRAW_LIMIT && (
            <button type="button" class="link" onClick={() => onDrawLimit(MAX_DRAW_LIMIT)}>
              Show up to {MAX_DRAW_LIMIT} per query
            </button>
          )}{' '}
          An aggregation such as sum by (job) or topk(10, …) shows all of them in fewer lines.
        </Notice>
      )}
      {histograms > 0 && (
        <Notice severity="info">
          {histograms} series are native histograms, which the graph does not draw. Use histogram_quantile() or histogram_avg().
        </Notice>
      )}
      {nonFinite > 0 && <Notice severity="info">{nonFinite} values are NaN or infinite and appear as gaps.</Notice>}
      {drawn === 0 ? (
        <p class="empty">No data in this time range.</p>
      ) : (
        <>
          <div class="graph-head">
            <p class="common">{Object.keys(common).length > 0 && <>All: {seriesName(common)}</>}</p>
            <button type="button" class="plain" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
              View as table
            </button>
          </div>
          <ChartPanel
            title="Query result"
            data={data}
            unit={unit}
            height={340}
            legend="full"
            asTable={asTable}
            onZoom={onZoom}
            onToggle={(key) => onVisibility(toggled(visibility, key))}
            onIsolate={(key) => onVisibility(isolated(visibility, key))}
          />
        </>
      )}
    </div>
  );
}

function commonUnit(results: QueryResult[]): Unit {
  const units = new Set(results.map((result) => inferUnit(result.text)));
  return units.size === 1 ? [...units][0]! : 'number';
}

function StaleNotice({ results, live, newest }: { results: Results; live: boolean; newest: number }) {
  if (results.results.some((result) => result.error?.kind === 'unreachable')) {
    return <Notice severity="warning">The graph shows the answer from {describeAge(Date.now() / 1000 - results.at)} ago.</Notice>;
  }
  const step = results.results.map((result) => (result.answer?.kind === 'range' ? result.answer.answer.columns.grid.step : 0));
  const age = results.interval.end - newest;
  if (!live || !Number.isFinite(age) || age < Math.max(...step) * 2 + 15) return null;
  return <Notice severity="warning">The newest value is {describeAge(age)} old.</Notice>;
}
