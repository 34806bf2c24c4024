import { describe, expect, it } from 'vitest';
import { ago, at, describeRange, formatTimePoint, isLive, last, parseTimePoint, resolve, shift, zoomOut } from './time_range';

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0) / 1000;

describe('parseTimePoint', () => {
  it.each([
    ['now', ago(0)],
    ['now-6h', ago(21600)],
    ['now - 90s', ago(90)],
    ['2026-11-23 12:00:00', at(NOON)],
    ['2026-11-23T12:00Z', at(NOON)],
    ['2026-11-23', at(NOON - 43200)],
    [String(NOON), at(NOON)],
    [String(NOON * 1000), at(NOON)],
    ['2026-11-23T12:00:00.250Z', at(NOON + 0.25)],
  ])('reads %s', (text, point) => expect(parseTimePoint(text, 'utc')).toEqual(point));

  it.each(['', 'yesterday', 'now-', 'now-1x', '2026-13-01', '2026-11-23 25:00', '12:00'])('refuses "%s"', (text) =>
    expect(parseTimePoint(text, 'utc')).toBeNull(),
  );

  it('reads dates in the local zone where that is asked for', () => {
    const expected = new Date(2026, 10, 23, 12, 0, 0).getTime() / 1000;
    expect(parseTimePoint('2026-11-23 12:00', 'local')).toEqual(at(expected));
  });
});

it('writes points that are read back unchanged', () => {
  for (const point of [ago(0), ago(3600), at(NOON), at(NOON + 0.125)]) {
    expect(parseTimePoint(formatTimePoint(point), 'utc')).toEqual(point);
  }
});

it('resolves relative ends against now', () => {
  expect(resolve({ from: ago(600), to: ago(300) }, NOON)).toEqual({ start: NOON - 600, end: NOON - 300 });
});

it('shifts by half a width', () => {
  expect(resolve(shift(last(3600), -1, NOON), NOON)).toEqual({ start: NOON - 5400, end: NOON - 1800 });
  expect(resolve(shift(last(3600), 1, NOON), NOON)).toEqual({ start: NOON - 1800, end: NOON + 1800 });
});

it('zooms out to twice the width and keeps a live range live', () => {
  const live = zoomOut(last(900), NOON);
  expect(isLive(live)).toBe(true);
  expect(live).toEqual(last(1800));
  expect(resolve(zoomOut({ from: at(NOON - 100), to: at(NOON) }, NOON), NOON)).toEqual({ start: NOON - 150, end: NOON + 50 });
});

it('describes ranges', () => {
  expect(describeRange(last(3600), 'utc')).toBe('Last 1h');
  expect(describeRange({ from: at(NOON - 60), to: at(NOON) }, 'utc')).toBe('2026-11-23 11:59:00 to 2026-11-23 12:00:00');
});
