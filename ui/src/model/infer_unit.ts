/** Guesses the unit of a query's result from the suffixes of its metric names and the functions around them. */
import type { Unit } from './units';

const COUNTING = /^\s*(count|count_values|group|changes|resets|absent|absent_over_time|count_over_time)\b/;
const RATE = /\b(rate|irate|deriv)\s*\(/;
const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/g;

export function inferUnit(query: string): Unit {
  const text = withoutStringsAndMatchers(query);
  if (COUNTING.test(text)) return 'number';
  const units = metricUnits(text);
  if (units.length === 0) return 'number';
  // A quotient of two equal units has none; of seconds by a count, as in sum/count, it keeps the first.
  const [numerator, divisor] = splitQuotient(text);
  if (divisor !== null) {
    const above = inferUnit(numerator!);
    const below = inferUnit(divisor);
    if (/_count\b/.test(divisor)) return removeRate(above);
    if (above === below) return 'ratio';
    return below === 'number' ? above : 'number';
  }
  const unit = units[0]!;
  if (RATE.test(text)) {
    if (/\bhistogram_quantile\s*\(/.test(text)) return unit === 'number' ? 'number' : unit;
    if (unit === 'bytes') return 'bytes/s';
    // Seconds per second: the share of time, as in CPU time.
    if (unit === 'seconds') return 'ratio';
    return unit === 'number' ? 'per second' : unit;
  }
  if (unit === 'timestamp' && /\btime\s*\(\s*\)/.test(text)) return 'seconds';
  return unit;
}

function metricUnits(text: string): Unit[] {
  const units: Unit[] = [];
  for (const [name] of text.matchAll(METRIC_NAME)) {
    if (!name.includes('_') && !name.includes(':')) continue;
    if (/^(count|sum|avg|min|max|stddev|stdvar|last|present|quantile|absent|mad)_over_time$/.test(name)) continue;
    if (/^(histogram_\w+|label_\w+|day_of_\w+|days_in_month|predict_linear|sort_\w+|group_(left|right))$/.test(name)) continue;
    units.push(unitOfName(name));
  }
  return units;
}

function unitOfName(name: string): Unit {
  const base = name.replace(/_(total|sum|bucket|created)$/, '');
  if (/_count$/.test(name)) return 'number';
  if (/_(timestamp|time)_seconds$/.test(base) && !/_cpu_time_seconds$|_io_time_seconds$/.test(base)) return 'timestamp';
  if (/_bytes$/.test(base)) return 'bytes';
  if (/_seconds$/.test(base)) return 'seconds';
  if (/_ratio$/.test(base)) return 'ratio';
  return 'number';
}

function removeRate(unit: Unit): Unit {
  if (unit === 'ratio') return 'seconds';
  if (unit === 'bytes/s') return 'bytes';
  return unit;
}

function withoutStringsAndMatchers(query: string): string {
  return query
    .replace(/#.*$/gm, ' ')
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, ' ')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
}

/** The two sides of a division at the outermost level; the second is null where there is none. */
function splitQuotient(text: string): [string, string | null] {
  let depth = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    const c = text[i];
    if (c === ')') depth++;
    else if (c === '(') depth--;
    else if (c === '/' && depth === 0) return [text.slice(0, i), text.slice(i + 1)];
  }
  return [text, null];
}
