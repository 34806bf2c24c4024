/** The settings of uPlot for a chart. */
import uPlot from 'uplot';
import { axisIncrements, formatValue, type Unit } from '../model/units';
import type { Zone } from '../model/zoned_time';
import type { Line } from './chart_data';
import { patternOf, type ChartColours } from './palette';
import { timeLabels } from './time_axis';

export interface PlotSettings {
  /** In the order of drawing; stacked ones from the top down. */
  lines: Line[];
  unit: Unit;
  zone: Zone;
  stacked: boolean;
  /** The value axis begins at zero even when all values are far above it. */
  fromZero: boolean;
  colours: ChartColours;
  syncKey?: string | undefined;
  onZoom?: ((start: number, end: number) => void) | undefined;
  /** The interval that the time axis covers, read at every drawing. */
  interval: () => { start: number; end: number };
}

const FONT = '11px system-ui, sans-serif';

export function plotOptions(settings: PlotSettings, width: number, height: number): uPlot.Options {
  const { lines, unit, zone, stacked, colours } = settings;
  const axis = { stroke: colours.text, font: FONT, grid: { stroke: colours.grid, width: 1 }, ticks: { show: false } };
  const increments = axisIncrements(unit);
  return {
    width,
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => (zone === 'utc' ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000)),
    cursor: {
      drag: { x: settings.onZoom !== undefined, y: false, setScale: false },
      focus: { prox: 24 },
      points: { size: 7 },
      ...(settings.syncKey ? { sync: { key: settings.syncKey } } : {}),
    },
    focus: { alpha: 0.25 },
    scales: {
      x: {
        time: true,
        range: () => {
          const { start, end } = settings.interval();
          return [start, end];
        },
      },
      y: { range: (_, min, max) => valueRange(min, max, settings.fromZero || stacked) },
    },
    axes: [
      { ...axis, space: 70, size: 22, gap: 4, values: (_, times) => timeLabels(times, zone) },
      {
        ...axis,
        gap: 4,
        space: 28,
        size: (plot, labels) => axisWidth(plot, labels),
        values: (_, values, __, ___, increment) => values.map((value) => formatValue(value, unit, { increment, zone })),
        ...(increments ? { incrs: increments } : {}),
      },
    ],
    series: [{}, ...lines.map((line) => lineOptions(line, stacked, colours))],
    // From each line down to the next; the lowest one fills down to zero by itself.
    ...(stacked ? { bands: lines.slice(1).map((_, i) => ({ series: [i + 1, i + 2] as [number, number] })) } : {}),
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < 4) return;
          settings.onZoom?.(plot.posToVal(left, 'x'), plot.posToVal(left + selected, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function lineOptions(line: Line, stacked: boolean, colours: ChartColours): uPlot.Series {
  const colour = colours.series[line.slot % colours.series.length]!;
  return {
    label: line.name,
    stroke: colour,
    width: 1.25,
    dash: patternOf(line.slot),
    ...(stacked ? { fill: `${colour}66` } : {}),
    spanGaps: false,
    points: { size: 4, show: false, filter: (plot, index) => isolatedPoints(plot.data[index]!) },
  };
}

/** Points without a neighbour, which no line would show. */
export function isolatedPoints(values: ArrayLike<number | null | undefined>): number[] | null {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] == null) continue;
    if (values[i - 1] == null && values[i + 1] == null) found.push(i);
  }
  return found.length > 0 ? found : null;
}

export function valueRange(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  if (min === 0 && max === 0) return [0, 1];
  const nearZero = min >= 0 && (fromZero || max - min > 0.2 * max);
  const width = max - min || Math.abs(max) || 1;
  const low = nearZero ? 0 : min - width * 0.08;
  const high = max <= 0 && fromZero ? 0 : max + (nearZero ? max : width) * 0.06;
  return [low, high];
}

function axisWidth(plot: uPlot, labels: string[] | null): number {
  if (!labels?.length) return 40;
  plot.ctx.font = FONT.replace(/^\d+px/, `${Math.round(11 * devicePixelRatio)}px`);
  const widest = Math.max(...labels.map((label) => plot.ctx.measureText(label ?? '').width));
  return Math.ceil(widest / devicePixelRatio) + 12;
}
