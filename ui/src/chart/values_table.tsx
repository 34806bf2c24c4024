/** The values of a graph as a table, newest first. */
import { formatValue, type Unit } from '../model/units';
import { formatDateTime } from '../model/zoned_time';
import { zone as zoneStore } from '../shell/preferences';
import { useStore } from '../shell/store';
import type { ChartData } from './chart_data';

const MAX_ROWS = 200;
const MAX_COLUMNS = 12;

export function ValuesTable({ title, data, unit }: { title: string; data: ChartData; unit: Unit }) {
  const zone = useStore(zoneStore);
  const visible = data.lines.filter((line) => line.visible);
  const lines = visible.slice(0, MAX_COLUMNS);
  const rows: number[] = [];
  for (let i = data.times.length - 1; i >= 0 && rows.length < MAX_ROWS; i--) {
    if (lines.some((line) => line.values[i] !== null)) rows.push(i);
  }
  const cut = visible.length > MAX_COLUMNS || rows.length === MAX_ROWS;
  return (
    <div class="values" tabIndex={0} role="region" aria-label={`${title}, values`}>
      <table>
        <caption class={cut ? '' : 'visually-hidden'}>
          {cut ? `The newest ${rows.length} points of ${lines.length} of ${visible.length} series` : `${title}, values`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map((line) => (
              <th key={line.key} scope="col">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={data.times[i]}>
              <th scope="row">{formatDateTime(data.times[i]!, zone)}</th>
              {lines.map((line) => (
                <td key={line.key}>{formatValue(line.values[i] ?? null, unit, { zone })}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
