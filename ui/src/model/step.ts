/** Which distance between two points a range query asks for. */
import type { Interval } from './time_range';

const ROUND_STEPS = [
  1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

/** The server refuses more points a series than this. */
export const MAX_POINTS = 11000;

/** The smallest round step that gives at most one point per two pixels. */
export function autoStep(width: number, pixels: number): number {
  const wanted = width / Math.max(50, pixels / 2);
  for (const step of ROUND_STEPS) if (step >= wanted) return step;
  return Math.ceil(wanted / 86400) * 86400;
}

/** A step the user asked for, made larger where the server would refuse it. */
export function clampStep(step: number, width: number): number {
  const smallest = width / (MAX_POINTS - 1);
  return step >= smallest ? step : Math.ceil(smallest * 1000) / 1000;
}

export interface Grid {
  start: number;
  step: number;
  length: number;
}

/** Points at multiples of the step, so that a refresh does not move the values that it already showed. */
export function alignedGrid({ start, end }: Interval, step: number): Grid {
  const first = Math.floor(start / step);
  const lastIndex = Math.max(first, Math.floor(end / step));
  return { start: first * step, step, length: lastIndex - first + 1 };
}

export const gridEnd = (grid: Grid) => grid.start + grid.step * (grid.length - 1);

export function gridTimes(grid: Grid): number[] {
  return Array.from({ length: grid.length }, (_, i) => grid.start + i * grid.step);
}

/** The window of rate() that suits a step: at least 30 s, and no sample between two points is left out. */
export function rateWindow(step: number): number {
  return Math.max(30, Math.ceil(step * 2));
}
