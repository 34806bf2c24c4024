/** The names of a graph's lines, with a button to hide each and one to show it alone. */
import { statisticsOf } from '../model/statistics';
import { formatValue, type Unit } from '../model/units';
import { useStore } from '../shell/store';
import { zone as zoneStore } from '../shell/preferences';
import type { Line } from './chart_data';
import { colourVariable, patternOf } from './palette';

export interface LegendProps {
  lines: Line[];
  unit: Unit;
  /** `full` adds least, mean and largest value. */
  columns: 'last' | 'full';
  onToggle: (key: string) => void;
  onIsolate: (key: string) => void;
  onStress: (key: string | null) => void;
}

export function Legend(props: LegendProps) {
  return props.columns === 'full' ? <LegendTable {...props} /> : <LegendList {...props} />;
}

function LegendList({ lines, unit, ...actions }: LegendProps) {
  const zone = useStore(zoneStore);
  return (
    <ul class="legend-list">
      {lines.map((line) => (
        <li key={line.key} class={line.visible ? '' : 'off'} {...stressOn(line, actions.onStress)}>
          <LineButtons line={line} {...actions} />
          <span class="number">{formatValue(statisticsOf(line.values).last, unit, { zone })}</span>
        </li>
      ))}
    </ul>
  );
}

function LegendTable({ lines, unit, ...actions }: LegendProps) {
  const zone = useStore(zoneStore);
  const show = (value: number | null) => formatValue(value, unit, { zone });
  return (
    <div class="legend-scroll">
      <table class="legend-table">
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">Last</th>
            <th scope="col">Min</th>
            <th scope="col">Mean</th>
            <th scope="col">Max</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => {
            const { last, min, mean, max } = statisticsOf(line.values);
            return (
              <tr key={line.key} class={line.visible ? '' : 'off'} {...stressOn(line, actions.onStress)}>
                <td>
                  <LineButtons line={line} {...actions} />
                </td>
                <td>{show(last)}</td>
                <td>{show(min)}</td>
                <td>{show(mean)}</td>
                <td>{show(max)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

type Actions = Pick<LegendProps, 'onToggle' | 'onIsolate' | 'onStress'>;

const stressOn = (line: Line, onStress: Actions['onStress']) => ({
  onMouseEnter: () => line.visible && onStress(line.key),
  onMouseLeave: () => onStress(null),
});

function LineButtons({ line, onToggle, onIsolate, onStress }: { line: Line } & Actions) {
  const toggle = () => {
    onStress(null);
    onToggle(line.key);
  };
  return (
    <span class="line-buttons">
      <button
        type="button"
        class="swatch"
        aria-pressed={line.visible}
        aria-label={`Show ${line.name}`}
        title={line.visible ? 'Hide' : 'Show'}
        onClick={toggle}
      >
        <svg width="16" height="10" viewBox="0 0 16 10" aria-hidden="true">
          <line x1="0" y1="5" x2="16" y2="5" stroke-dasharray={patternOf(line.slot).join(' ')} ref={(e) => colour(e, line.slot)} />
        </svg>
      </button>
      <button
        type="button"
        class="line-name"
        title="Show only this line; Ctrl-click hides or shows it"
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey) toggle();
          else {
            onStress(null);
            onIsolate(line.key);
          }
        }}
      >
        {line.name}
      </button>
    </span>
  );
}

function colour(element: SVGLineElement | null, slot: number): void {
  if (element) element.style.stroke = `var(${colourVariable(slot)})`;
}
