/** What a chart draws. */
import type { Column, Labels } from '../model/columns';

export interface Line {
  /** Stable between refreshes; names the line in the address of the page. */
  key: string;
  name: string;
  labels: Labels;
  values: Column;
  /** Decides colour and pattern. */
  slot: number;
  visible: boolean;
}

export interface ChartData {
  times: number[];
  step: number;
  lines: Line[];
  /** Left and right end of the time axis. */
  start: number;
  end: number;
}

/** Values of each line on top of the lines before it. A gap counts as nothing, unless all lines have it. */
export function stackedColumns(lines: Line[], length: number): Column[] {
  const sum = new Array<number>(length).fill(0);
  const present = new Array<boolean>(length).fill(false);
  for (const { values, visible } of lines) {
    if (!visible) continue;
    for (let i = 0; i < length; i++) if (values[i] !== null && values[i] !== undefined) present[i] = true;
  }
  return lines.map(({ values, visible }) => {
    if (!visible) return new Array<number | null>(length).fill(null);
    return Array.from({ length }, (_, i) => {
      sum[i]! += values[i] ?? 0;
      return present[i] ? sum[i]! : null;
    });
  });
}
