/** Calendar text of instants (unix seconds) in the zone that the user chose. */

export type Zone = 'local' | 'utc';

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export function fieldsOf(seconds: number, zone: Zone): Fields {
  const date = new Date(seconds * 1000);
  return zone === 'utc'
    ? {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
      }
    : {
        year: date.getFullYear(),
        month: date.getMonth() + 1,
        day: date.getDate(),
        hour: date.getHours(),
        minute: date.getMinutes(),
        second: date.getSeconds(),
      };
}

const two = (n: number) => String(n).padStart(2, '0');

export function formatDate(seconds: number, zone: Zone): string {
  const f = fieldsOf(seconds, zone);
  return `${f.year}-${two(f.month)}-${two(f.day)}`;
}

export function formatClock(seconds: number, zone: Zone, withSeconds = true): string {
  const f = fieldsOf(seconds, zone);
  return `${two(f.hour)}:${two(f.minute)}` + (withSeconds ? `:${two(f.second)}` : '');
}

export function formatDateTime(seconds: number, zone: Zone): string {
  return `${formatDate(seconds, zone)} ${formatClock(seconds, zone)}`;
}

/** "2026-11-23 14:05", with optional seconds, T and Z. Text with Z is UTC, other text is in `zone`. */
export function parseDateTime(text: string, zone: Zone): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?(Z)?$/.exec(text.trim());
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1, 6).map((part) => Number(part ?? 0)) as [
    number, number, number, number, number,
  ];
  const second = Number(match[6] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second >= 60) return null;
  const whole = Math.floor(second);
  const milliseconds = Math.round((second - whole) * 1000);
  const date =
    match[7] || zone === 'utc'
      ? new Date(Date.UTC(year, month - 1, day, hour, minute, whole, milliseconds))
      : new Date(year, month - 1, day, hour, minute, whole, milliseconds);
  return date.getTime() / 1000;
}
