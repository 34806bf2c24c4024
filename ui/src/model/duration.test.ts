import { describe, expect, it } from 'vitest';
import { describeAge, formatDuration, parseDuration } from './duration';

describe('parseDuration', () => {
  it.each([
    ['15s', 15],
    ['1h30m', 5400],
    ['500ms', 0.5],
    ['1w2d', 777600],
    ['90', 90],
    [' 5m ', 300],
  ])('reads %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['', 'm', '1x', '1h 5m', '-1h', '1.5h'])('refuses "%s"', (text) =>
    expect(parseDuration(text)).toBeNull(),
  );
});

describe('formatDuration', () => {
  it.each([
    [5400, '1h30m'],
    [0.5, '500ms'],
    [86400 * 10, '10d'],
    [0, '0s'],
    [90061.25, '1d1h1m1s250ms'],
  ])('writes %d', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('is read back unchanged', () => {
    for (const seconds of [1, 59, 61, 3599, 86399, 0.001, 1234.567]) {
      expect(parseDuration(formatDuration(seconds))).toBeCloseTo(seconds, 6);
    }
  });
});

it('describes ages in one unit', () => {
  expect([3, 720, 18000, 259200].map(describeAge)).toEqual(['3 s', '12 min', '5 h', '3 d']);
});
