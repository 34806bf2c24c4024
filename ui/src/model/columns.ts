/** The answer of a range query as one column of values per series on a common time grid. */
import type { Grid } from './step';

export type Labels = Record<string, string>;

/** null is a gap: no sample at that point, or a value that no graph can show (NaN, infinite). */
export type Column = (number | null)[];

export interface SeriesColumn {
  labels: Labels;
  values: Column;
}

export interface Columns {
  grid: Grid;
  series: SeriesColumn[];
  /** How many series the answer held; more than `series` where a limit applied. */
  total: number;
  /** Series that hold native histograms only, which are not drawn. */
  histogramSeries: number;
  /** Values in `series` that were NaN or infinite. */
  nonFinite: number;
}

export interface MatrixSeries {
  metric: Labels;
  values?: [number, string][];
  histograms?: unknown[];
}

export function matrixToColumns(matrix: MatrixSeries[], grid: Grid, limit: number): Columns {
  const columns: Columns = { grid, series: [], total: matrix.length, histogramSeries: 0, nonFinite: 0 };
  for (const { metric, values, histograms } of matrix) {
    if (!values?.length) {
      if (histograms?.length) columns.histogramSeries++;
      continue;
    }
    if (columns.series.length >= limit) continue;
    const column: Column = new Array<number | null>(grid.length).fill(null);
    for (const [time, text] of values) {
      const index = Math.round((time - grid.start) / grid.step);
      if (index < 0 || index >= grid.length) continue;
      const value = parseSampleValue(text);
      if (Number.isFinite(value)) column[index] = value;
      else columns.nonFinite++;
    }
    columns.series.push({ labels: metric, values: column });
  }
  return columns;
}

export function parseSampleValue(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

/** First and last grid point at which any series has a value; null when there is none. */
export function extent(columns: Columns): { first: number; last: number } | null {
  let first = Infinity;
  let lastIndex = -1;
  for (const { values } of columns.series) {
    const begin = values.findIndex((value) => value !== null);
    if (begin < 0) continue;
    first = Math.min(first, begin);
    lastIndex = Math.max(lastIndex, values.findLastIndex((value) => value !== null));
  }
  if (lastIndex < 0) return null;
  const { start, step } = columns.grid;
  return { first: start + first * step, last: start + lastIndex * step };
}
