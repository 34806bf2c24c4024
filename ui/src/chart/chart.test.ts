import { describe, expect, it, vi } from 'vitest';
import { stackedColumns, type ChartData, type Line } from './chart_data';
import { summarize } from './summary';
import { timeLabels } from './time_axis';

vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {} }));
const { isolatedPoints, valueRange } = await import('./plot_options');

const line = (name: string, values: (number | null)[], visible = true): Line => ({
  key: name, name, labels: {}, values, slot: 0, visible,
});

describe('stackedColumns', () => {
  it('adds up visible lines and keeps common gaps', () => {
    const lines = [line('a', [1, 2, null]), line('b', [5, 5, 5], false), line('c', [10, null, null])];
    expect(stackedColumns(lines, 3)).toEqual([
      [1, 2, null],
      [null, null, null],
      [11, 2, null],
    ]);
  });
});

describe('summarize', () => {
  const data: ChartData = {
    times: [0, 3600], step: 3600, start: 0, end: 3600, lines: [line('node-1', [0.2, null]), line('node-3', [0.1, 0.83])],
  };
  it('names the largest value, its time and its line', () => {
    expect(summarize('CPU', data, 'ratio', 'utc')).toBe('CPU: 2 series, max 83 % at 01:00 on node-3');
  });
  it('says when there is nothing', () => {
    expect(summarize('CPU', { ...data, lines: [] }, 'ratio', 'utc')).toBe('CPU: no data');
  });
});

it('finds points that no line would show', () => {
  expect(isolatedPoints([1, null, 2, 3, null, null, 4])).toEqual([0, 6]);
  expect(isolatedPoints([1, 2, 3])).toBeNull();
});

it('chooses value axes that show small changes and start at zero near it', () => {
  expect(valueRange(null, null, false)).toEqual([0, 1]);
  expect(valueRange(0, 0, true)).toEqual([0, 1]);
  expect(valueRange(1, 10, false)[0]).toBe(0);
  expect(valueRange(99, 100, false)[0]).toBeGreaterThan(90);
  expect(valueRange(99, 100, true)[0]).toBe(0);
  const [low, high] = valueRange(-5, 5, true);
  expect(low).toBeLessThan(-5);
  expect(high).toBeGreaterThan(5);
});

it('labels the time axis by its distance, with the date at midnight', () => {
  expect(timeLabels([82800, 86400, 90000], 'utc')).toEqual(['23:00', '01-02', '01:00']);
  expect(timeLabels([0, 15, 30], 'utc')).toEqual(['00:00:00', '00:00:15', '00:00:30']);
  expect(timeLabels([0, 86400], 'utc')).toEqual(['01-01', '01-02']);
});
