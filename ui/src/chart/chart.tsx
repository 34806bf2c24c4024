/** One graph on a canvas. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Unit } from '../model/units';
import { theme, zone as zoneStore } from '../shell/preferences';
import { useStore } from '../shell/store';
import { stackedColumns, type ChartData, type Line } from './chart_data';
import { readColours } from './palette';
import { plotOptions } from './plot_options';
import { summarize } from './summary';
import { tooltipPlugin } from './tooltip';

export interface ChartProps {
  title: string;
  data: ChartData;
  unit: Unit;
  height: number;
  stacked?: boolean;
  fromZero?: boolean;
  /** Charts with the same key show the cursor at the same time. */
  syncKey?: string;
  /** Key of the line to stress. */
  stressed?: string | null;
  onZoom?: (start: number, end: number) => void;
}

export function Chart({ title, data, unit, height, stacked = false, fromZero = false, syncKey, stressed, onZoom }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const zone = useStore(zoneStore);
  const colourTheme = useStore(theme);
  const visible = data.lines.filter((line) => line.visible);
  // Stacked lines are drawn from the top down, so that a line without height does not cover the one below it.
  const shown = stacked ? visible.reverse() : visible;
  const current = useRef({ data, shown, onZoom });
  current.current = { data, shown, onZoom };
  // A plot is made anew only when its lines or looks change; new values go into the one that exists.
  const structure = JSON.stringify([shown.map((line) => [line.key, line.slot]), unit, zone, colourTheme, stacked, fromZero, syncKey]);

  useLayoutEffect(() => {
    const element = host.current!;
    const options = plotOptions(
      {
        lines: current.current.shown,
        unit,
        zone,
        stacked,
        fromZero,
        colours: readColours(),
        syncKey,
        onZoom: onZoom && ((start, end) => current.current.onZoom?.(start, end)),
        interval: () => current.current.data,
      },
      element.clientWidth,
      height,
    );
    options.plugins = [tooltipPlugin(() => current.current.shown, unit, zone)];
    const made = new uPlot(options, columnsOf(current.current.data, current.current.shown, stacked), element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [structure, height]);

  const drawn = useRef<string>('');
  useLayoutEffect(() => {
    // The plot that was just made has these values already.
    if (drawn.current === structure) plot.current?.setData(columnsOf(data, shown, stacked));
    drawn.current = structure;
  }, [data, structure]);

  useEffect(() => {
    const index = stressed ? shown.findIndex((line) => line.key === stressed) : -1;
    plot.current?.setSeries(index < 0 ? null : index + 1, { focus: index >= 0 });
  }, [stressed]);

  return (
    <div
      class="chart"
      ref={host}
      role="img"
      tabIndex={0}
      aria-label={summarize(title, data, unit, zone)}
      onKeyDown={(event) => moveCursor(event, plot.current)}
      onBlur={() => hideCursor(plot.current)}
    />
  );
}

function columnsOf(data: ChartData, shown: Line[], stacked: boolean): uPlot.AlignedData {
  const columns = stacked
    ? stackedColumns([...shown].reverse(), data.times.length).reverse()
    : shown.map((line) => line.values);
  return [data.times, ...columns];
}

function moveCursor(event: KeyboardEvent, plot: uPlot | null): void {
  const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (direction === 0 || !plot) return;
  event.preventDefault();
  plot.over.classList.add('keyboard-cursor');
  const times = plot.data[0]!;
  const now = plot.cursor.idx ?? (direction > 0 ? -1 : times.length);
  const index = Math.max(0, Math.min(times.length - 1, now + direction));
  plot.setCursor({ left: plot.valToPos(times[index]!, 'x'), top: plot.over.clientHeight / 3 });
}

function hideCursor(plot: uPlot | null): void {
  if (!plot?.over.classList.contains('keyboard-cursor')) return;
  plot.over.classList.remove('keyboard-cursor');
  plot.setCursor({ left: -10, top: -10 });
}
