/** What a legend says about one column. */
import type { Column } from './columns';

export interface Statistics {
  last: number | null;
  min: number | null;
  mean: number | null;
  max: number | null;
  /** Index of the largest value; -1 without values. */
  maxIndex: number;
  count: number;
}

export function statisticsOf(values: Column): Statistics {
  let lastValue: number | null = null;
  let min = Infinity;
  let max = -Infinity;
  let maxIndex = -1;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    lastValue = value;
    if (value < min) min = value;
    if (value > max) {
      max = value;
      maxIndex = i;
    }
    sum += value;
    count++;
  }
  if (count === 0) return { last: null, min: null, mean: null, max: null, maxIndex, count };
  return { last: lastValue, min, mean: sum / count, max, maxIndex, count };
}
