/** A time range as the user states it: each end is relative to now or an absolute instant. */
import { formatDuration, parseDuration } from './duration';
import { formatDateTime, parseDateTime, type Zone } from './zoned_time';

export type TimePoint =
  | { kind: 'relative'; secondsAgo: number }
  | { kind: 'absolute'; at: number };

export interface TimeRange {
  from: TimePoint;
  to: TimePoint;
}

/** The same range as unix seconds. */
export interface Interval {
  start: number;
  end: number;
}

export const ago = (secondsAgo: number): TimePoint => ({ kind: 'relative', secondsAgo });
export const at = (seconds: number): TimePoint => ({ kind: 'absolute', at: seconds });
export const last = (seconds: number): TimeRange => ({ from: ago(seconds), to: ago(0) });

/** Accepts now, now-1h, a date with or without time, unix seconds and unix milliseconds. */
export function parseTimePoint(text: string, zone: Zone): TimePoint | null {
  const trimmed = text.trim();
  if (trimmed === 'now') return ago(0);
  const relative = /^now\s*-\s*(\S+)$/.exec(trimmed);
  if (relative) {
    const seconds = parseDuration(relative[1]!);
    return seconds === null ? null : ago(seconds);
  }
  if (/^\d{9,11}(\.\d+)?$/.test(trimmed)) return at(Number(trimmed));
  if (/^\d{12,14}$/.test(trimmed)) return at(Number(trimmed) / 1000);
  const absolute = parseDateTime(trimmed, zone);
  return absolute === null ? null : at(absolute);
}

/** The form that addresses (URLs) carry: independent of zone and language. */
export function formatTimePoint(point: TimePoint): string {
  if (point.kind === 'relative') return point.secondsAgo === 0 ? 'now' : `now-${formatDuration(point.secondsAgo)}`;
  return new Date(Math.round(point.at * 1000)).toISOString().replace('.000Z', 'Z');
}

/** The form that people edit in the time picker. */
export function showTimePoint(point: TimePoint, zone: Zone): string {
  return point.kind === 'relative' ? formatTimePoint(point) : formatDateTime(point.at, zone);
}

const instant = (point: TimePoint, now: number) => (point.kind === 'relative' ? now - point.secondsAgo : point.at);

export function resolve(range: TimeRange, now: number): Interval {
  return { start: instant(range.from, now), end: instant(range.to, now) };
}

export function isLive(range: TimeRange): boolean {
  return range.to.kind === 'relative' && range.to.secondsAgo === 0;
}

export function describeRange(range: TimeRange, zone: Zone): string {
  if (isLive(range) && range.from.kind === 'relative') return `Last ${formatDuration(range.from.secondsAgo)}`;
  return `${showTimePoint(range.from, zone)} to ${showTimePoint(range.to, zone)}`;
}

/** The neighbouring range, half a width earlier (-1) or later (1). */
export function shift(range: TimeRange, direction: -1 | 1, now: number): TimeRange {
  const { start, end } = resolve(range, now);
  const offset = (direction * (end - start)) / 2;
  return { from: at(Math.round(start + offset)), to: at(Math.round(end + offset)) };
}

/** Twice the width. A range that ends now still ends now; any other keeps its centre. */
export function zoomOut(range: TimeRange, now: number): TimeRange {
  const { start, end } = resolve(range, now);
  const width = end - start;
  if (isLive(range)) return last(Math.round(width * 2));
  return { from: at(Math.round(start - width / 2)), to: at(Math.round(end + width / 2)) };
}

export function sameRange(a: TimeRange, b: TimeRange): boolean {
  return formatTimePoint(a.from) === formatTimePoint(b.from) && formatTimePoint(a.to) === formatTimePoint(b.to);
}
