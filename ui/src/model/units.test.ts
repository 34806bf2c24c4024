import { describe, expect, it } from 'vitest';
import { axisIncrements, formatValue, type Unit } from './units';

describe('formatValue', () => {
  it.each<[number | null, Unit, string]>([
    [0, 'number', '0'],
    [1234, 'number', '1234'],
    [12345, 'number', '12.3 k'],
    [0.00001234, 'number', '1.23e-5'],
    [-2500000, 'number', '-2.5 M'],
    [0, 'bytes', '0 B'],
    [1536, 'bytes', '1.5 KiB'],
    [3 * 2 ** 30, 'bytes', '3 GiB'],
    [2048, 'bytes/s', '2 KiB/s'],
    [0.25, 'seconds', '250 ms'],
    [90, 'seconds', '1.5 min'],
    [0.000002, 'seconds', '2 µs'],
    [0.8312, 'ratio', '83.1 %'],
    [12.5, 'per second', '12.5/s'],
    [null, 'bytes', '–'],
    [NaN, 'number', 'NaN'],
    [-Infinity, 'number', '-Inf'],
  ])('%d as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));

  it('shows instants in the chosen zone', () => {
    expect(formatValue(1700000000, 'timestamp', { zone: 'utc' })).toBe('2023-11-14 22:13:20');
  });

  it('gives neighbouring axis labels distinct texts', () => {
    const labels = (values: number[], unit: Unit) => values.map((value) => formatValue(value, unit, { increment: values[1]! - values[0]! }));
    expect(labels([0, 0.05, 0.1], 'number')).toEqual(['0', '0.05', '0.10']);
    expect(labels([0.5, 0.505, 0.51], 'ratio')).toEqual(['50.0 %', '50.5 %', '51.0 %']);
    expect(new Set(labels([2 ** 30, 2 ** 30 + 2 ** 26, 2 ** 30 + 2 ** 27], 'bytes')).size).toBe(3);
    expect(labels([8000, 10000, 12000], 'number')).toEqual(['8 k', '10 k', '12 k']);
  });
});

it('divides byte axes by powers of two', () => {
  expect(axisIncrements('bytes')!.slice(0, 4)).toEqual([1, 2, 4, 8]);
  expect(axisIncrements('number')).toBeUndefined();
  const seconds = axisIncrements('seconds')!;
  expect([...seconds].sort((a, b) => a - b)).toEqual(seconds);
});
