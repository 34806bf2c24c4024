/** Colours and line patterns. A slot beyond the colours repeats them with another pattern. */

export const COLOURS = 10;

const PATTERNS: number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

const moreContrast = matchMedia('(prefers-contrast: more)');

export const colourVariable = (slot: number) => `--series-${slot % COLOURS}`;

export function patternOf(slot: number): number[] {
  // With more contrast asked for, neighbours differ in pattern as well as in colour.
  const index = moreContrast.matches ? slot : Math.floor(slot / COLOURS);
  return PATTERNS[index % PATTERNS.length]!;
}

export interface ChartColours {
  text: string;
  grid: string;
  series: string[];
}

export function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read('--text-soft'),
    grid: read('--grid'),
    series: Array.from({ length: COLOURS }, (_, slot) => read(colourVariable(slot))),
  };
}
