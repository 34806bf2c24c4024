/** The box beside the cursor that names the values there. */
import type uPlot from 'uplot';
import { formatValue, type Unit } from '../model/units';
import { formatDateTime, type Zone } from '../model/zoned_time';
import type { Line } from './chart_data';
import { colourVariable } from './palette';

const MAX_ROWS = 12;

interface Row {
  line: Line;
  value: number;
  near: boolean;
}

/** `lines` gives the lines in the order of the plot's series, with their own (not stacked) values. */
export function tooltipPlugin(lines: () => Line[], unit: Unit, zone: Zone): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'tooltip';
  box.hidden = true;

  const update = (plot: uPlot) => {
    const { idx, left = -1, top = -1 } = plot.cursor;
    // Plots whose cursor only follows another plot's show the line, not the box.
    if (idx == null || left < 0 || !plot.over.matches(':hover, :focus-within, .keyboard-cursor')) {
      box.hidden = true;
      return;
    }
    const rows = rowsAt(plot, lines(), idx, top);
    if (rows.length === 0) {
      box.hidden = true;
      return;
    }
    box.replaceChildren(heading(formatDateTime(plot.data[0]![idx]!, zone)), ...rows.slice(0, MAX_ROWS).map((row) => rowElement(row, unit, zone)));
    if (rows.length > MAX_ROWS) box.append(note(`and ${rows.length - MAX_ROWS} more`));
    box.hidden = false;
    place(box, plot, left, Math.max(0, top));
  };

  return {
    hooks: {
      init: (plot) => {
        plot.over.append(box);
        plot.over.addEventListener('mouseleave', () => (box.hidden = true));
      },
      setCursor: update,
    },
  };
}

function rowsAt(plot: uPlot, lines: Line[], index: number, top: number): Row[] {
  let nearest: Row | null = null;
  let distance = Infinity;
  const rows: Row[] = [];
  lines.forEach((line, i) => {
    const value = line.values[index];
    if (value === null || value === undefined) return;
    const row = { line, value, near: false };
    rows.push(row);
    const away = Math.abs(plot.valToPos(plot.data[i + 1]![index] as number, 'y') - top);
    if (away < distance) {
      distance = away;
      nearest = row;
    }
  });
  if (nearest) (nearest as Row).near = true;
  rows.sort((a, b) => b.value - a.value);
  // The nearest line is always among those shown.
  const position = rows.findIndex((row) => row.near);
  if (position >= MAX_ROWS) rows.splice(MAX_ROWS - 1, 0, ...rows.splice(position, 1));
  return rows;
}

function heading(text: string): HTMLElement {
  const element = document.createElement('div');
  element.className = 'tooltip-time';
  element.textContent = text;
  return element;
}

function note(text: string): HTMLElement {
  const element = heading(text);
  element.className = 'tooltip-note';
  return element;
}

function rowElement({ line, value, near }: Row, unit: Unit, zone: Zone): HTMLElement {
  const row = document.createElement('div');
  row.className = near ? 'tooltip-row near' : 'tooltip-row';
  const mark = document.createElement('i');
  mark.style.backgroundColor = `var(${colourVariable(line.slot)})`;
  const name = document.createElement('span');
  name.textContent = line.name;
  const number = document.createElement('b');
  number.textContent = formatValue(value, unit, { zone });
  row.append(mark, name, number);
  return row;
}

function place(box: HTMLElement, plot: uPlot, left: number, top: number): void {
  const { width, height } = box.getBoundingClientRect();
  const area = plot.over.getBoundingClientRect();
  const toTheRight = area.left + left + 14 + width < innerWidth;
  const x = toTheRight ? left + 14 : Math.max(-area.left, left - width - 14);
  const highest = -area.top;
  const lowest = innerHeight - area.top - height;
  const y = Math.max(highest, Math.min(top + 8, lowest));
  box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}
