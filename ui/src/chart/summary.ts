/** One sentence that says what a graph shows, for those who cannot see it. */
import { statisticsOf } from '../model/statistics';
import { formatValue, type Unit } from '../model/units';
import { formatClock, type Zone } from '../model/zoned_time';
import type { ChartData } from './chart_data';

export function summarize(title: string, data: ChartData, unit: Unit, zone: Zone): string {
  const lines = data.lines.filter((line) => line.visible);
  if (lines.length === 0) return `${title}: no data`;
  let best: { name: string; value: number; time: number } | null = null;
  for (const line of lines) {
    const { max, maxIndex } = statisticsOf(line.values);
    if (max !== null && (best === null || max > best.value)) {
      best = { name: line.name, value: max, time: data.times[maxIndex]! };
    }
  }
  const count = lines.length === 1 ? '1 series' : `${lines.length} series`;
  if (!best) return `${title}: ${count}, no values`;
  const value = formatValue(best.value, unit, { zone });
  const clock = formatClock(best.time, zone, data.step < 60);
  return `${title}: ${count}, max ${value} at ${clock} on ${best.name}`;
}
