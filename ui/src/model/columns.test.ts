import { expect, it } from 'vitest';
import { extent, matrixToColumns, parseSampleValue } from './columns';

const grid = { start: 100, step: 10, length: 5 };

it('puts samples on the grid and leaves gaps empty', () => {
  const columns = matrixToColumns(
    [
      { metric: { a: '1' }, values: [[100, '1'], [110, '2'], [140, '5.5']] },
      { metric: { a: '2' }, values: [[120.001, '-3e2']] },
    ],
    grid,
    10,
  );
  expect(columns.series.map((series) => series.values)).toEqual([
    [1, 2, null, null, 5.5],
    [null, null, -300, null, null],
  ]);
  expect(columns.total).toBe(2);
});

it('counts values that cannot be drawn and drops points outside of the grid', () => {
  const columns = matrixToColumns(
    [{ metric: {}, values: [[90, '1'], [100, 'NaN'], [110, '+Inf'], [120, '7'], [150, '1']] }],
    grid,
    10,
  );
  expect(columns.series[0]!.values).toEqual([null, null, 7, null, null]);
  expect(columns.nonFinite).toBe(2);
});

it('keeps the first series within the limit and counts all', () => {
  const matrix = Array.from({ length: 12 }, (_, i) => ({ metric: { i: String(i) }, values: [[100, '1']] as [number, string][] }));
  const columns = matrixToColumns(matrix, grid, 3);
  expect(columns.series.map((series) => series.labels.i)).toEqual(['0', '1', '2']);
  expect(columns.total).toBe(12);
});

it('counts native histograms apart', () => {
  const columns = matrixToColumns([{ metric: {}, histograms: [[100, {}]] }], grid, 10);
  expect([columns.series.length, columns.histogramSeries]).toEqual([0, 1]);
});

it('finds the first and last point with a value', () => {
  const columns = matrixToColumns([{ metric: {}, values: [[110, '1'], [130, '1']] }], grid, 10);
  expect(extent(columns)).toEqual({ first: 110, last: 130 });
  expect(extent(matrixToColumns([], grid, 10))).toBeNull();
});

it('reads the special values of the API', () => {
  expect(['+Inf', '-Inf', '1e-7'].map(parseSampleValue)).toEqual([Infinity, -Infinity, 1e-7]);
  expect(parseSampleValue('NaN')).toBeNaN();
});
