import { describe, expect, it } from 'vitest';
import { alignedGrid, autoStep, clampStep, gridEnd, gridTimes, MAX_POINTS, rateWindow } from './step';

describe('autoStep', () => {
  it.each([
    [900, 1000, 2],
    [3600, 1000, 10],
    [86400, 1000, 300],
    [86400 * 30, 1000, 7200],
    [60, 1000, 1],
    [86400 * 3650, 400, 1641600],
  ])('for %d s on %d px', (width, pixels, step) => expect(autoStep(width, pixels)).toBe(step));
});

it('never lets a user step exceed the points that the server allows', () => {
  expect(clampStep(60, 3600)).toBe(60);
  const step = clampStep(1, 86400 * 7);
  expect((86400 * 7) / step + 1).toBeLessThanOrEqual(MAX_POINTS);
});

describe('alignedGrid', () => {
  it('starts and ends at multiples of the step', () => {
    const grid = alignedGrid({ start: 1003, end: 1058 }, 10);
    expect(grid).toEqual({ start: 1000, step: 10, length: 6 });
    expect(gridEnd(grid)).toBe(1050);
    expect(gridTimes(grid)).toEqual([1000, 1010, 1020, 1030, 1040, 1050]);
  });

  it('has one point when start and end coincide', () => {
    expect(alignedGrid({ start: 1000, end: 1000 }, 15)).toEqual({ start: 990, step: 15, length: 1 });
  });
});

it('keeps rate windows at 30 s or two steps', () => {
  expect([1, 5, 15, 60].map(rateWindow)).toEqual([30, 30, 30, 120]);
});
