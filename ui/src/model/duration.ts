/** Durations in seconds, written as PromQL writes them: 1h30m, 500ms. */

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['y', 365 * 86400],
  ['w', 7 * 86400],
  ['d', 86400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
];

const UNIT_SECONDS = new Map(UNITS);

/** Seconds, or null when the text is no duration. A bare number counts as seconds. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (!/^(\d+(ms|[ywdhms]))+$/.test(trimmed)) return null;
  let seconds = 0;
  for (const [, count, unit] of trimmed.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    seconds += Number(count) * UNIT_SECONDS.get(unit!)!;
  }
  return seconds;
}

/** The shortest exact spelling that PromQL accepts, in whole milliseconds; years and weeks are written as days. */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds * 1000);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    if (unit === 'y' || unit === 'w') continue;
    const milliseconds = Math.round(size * 1000);
    const count = Math.floor(rest / milliseconds);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * milliseconds;
  }
  return text;
}

/** A rounded duration for reading, not for computing: "3 s", "12 min", "5 h", "3 d". */
export function describeAge(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 100) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}
