/** Numbers as people read them. */
import { formatDateTime, type Zone } from './zoned_time';

export type Unit = 'number' | 'bytes' | 'bytes/s' | 'seconds' | 'ratio' | 'per second' | 'timestamp';

export interface FormatOptions {
  /** The distance between neighbouring labels of an axis; decides how many decimals are shown. */
  increment?: number;
  zone?: Zone;
}

interface Scale {
  factor: number;
  suffix: string;
}

const DECIMAL: Scale[] = [
  { factor: 1e12, suffix: ' T' },
  { factor: 1e9, suffix: ' G' },
  { factor: 1e6, suffix: ' M' },
  { factor: 1e3, suffix: ' k' },
];

const BINARY: Scale[] = [
  { factor: 2 ** 50, suffix: ' PiB' },
  { factor: 2 ** 40, suffix: ' TiB' },
  { factor: 2 ** 30, suffix: ' GiB' },
  { factor: 2 ** 20, suffix: ' MiB' },
  { factor: 2 ** 10, suffix: ' KiB' },
  { factor: 1, suffix: ' B' },
];

const TIME: Scale[] = [
  { factor: 86400, suffix: ' d' },
  { factor: 3600, suffix: ' h' },
  { factor: 60, suffix: ' min' },
  { factor: 1, suffix: ' s' },
  { factor: 1e-3, suffix: ' ms' },
  { factor: 1e-6, suffix: ' µs' },
  { factor: 1e-9, suffix: ' ns' },
];

export function formatValue(value: number | null | undefined, unit: Unit, options: FormatOptions = {}): string {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  switch (unit) {
    case 'number':
      return scaled(value, DECIMAL, options, 10000);
    case 'per second':
      return `${scaled(value, DECIMAL, options, 10000)}/s`;
    case 'bytes':
      return scaled(value, BINARY, options);
    case 'bytes/s':
      return `${scaled(value, BINARY, options)}/s`;
    case 'seconds':
      return scaled(value, TIME, options);
    case 'ratio':
      return `${plain(value * 100, options.increment === undefined ? undefined : options.increment * 100, 3)} %`;
    case 'timestamp':
      return formatDateTime(value, options.zone ?? 'local');
  }
}

/** Picks the largest unit that the value reaches. Values below `threshold` stay without a unit. */
function scaled(value: number, scales: Scale[], { increment }: FormatOptions, threshold = 0): string {
  const size = Math.abs(value);
  if (value === 0) return scales === DECIMAL ? '0' : `0${scales.find((scale) => scale.factor === 1)!.suffix}`;
  const scale =
    size < threshold && (increment === undefined || increment < 1000)
      ? undefined
      : (scales.find((candidate) => size >= candidate.factor) ??
        (scales === DECIMAL ? undefined : scales[scales.length - 1]));
  const factor = scale?.factor ?? 1;
  const text = plain(value / factor, increment === undefined ? undefined : increment / factor, scale ? 3 : 4);
  return text + (scale?.suffix ?? '');
}

/** So many significant digits, or the decimals that the increment needs. Digits before the point are never rounded away. */
function plain(value: number, increment: number | undefined, digits: number): string {
  if (increment !== undefined) {
    return stripMinusZero(value.toFixed(Math.min(6, decimalsOf(increment))));
  }
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-4) return value.toExponential(2);
  if (size >= 1e15) return value.toExponential(3);
  const before = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 0;
  const text = value.toFixed(Math.max(0, digits - before));
  return stripMinusZero(text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

function decimalsOf(increment: number): number {
  if (!(increment > 0)) return 2;
  for (let decimals = 0; decimals < 6; decimals++) {
    const shifted = increment * 10 ** decimals;
    if (Math.abs(shifted - Math.round(shifted)) < 1e-6 * shifted) return decimals;
    // A binary fraction such as 0.25 KiB may have many digits: two significant ones tell labels apart.
    if (shifted >= 10) return decimals;
  }
  return 6;
}

const stripMinusZero = (text: string) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text);

/** Distances between axis labels that suit the unit; undefined means decimal ones. */
export function axisIncrements(unit: Unit): number[] | undefined {
  if (unit === 'bytes' || unit === 'bytes/s') return Array.from({ length: 60 }, (_, power) => 2 ** power);
  if (unit === 'seconds') {
    const fractions = [-9, -8, -7, -6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((n) => n * 10 ** power));
    const whole = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];
    const days = [1, 2, 5].flatMap((n) => [1, 10, 100, 1000, 10000].map((power) => n * power * 86400));
    return [...fractions, ...whole, ...days.sort((a, b) => a - b)];
  }
  return undefined;
}
