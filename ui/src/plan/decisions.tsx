/** Decisions that differ: dollars, pods, memory, controls waived, failures no longer survived. */
import type { DecisionRow, PlanAnswer } from '../api/plan';
import { dollarChange } from './summary';

const change = (value: number | null) => (value === null ? 'not measured' : value === 0 ? '' : value > 0 ? `+${value}` : String(value));

export function Decisions({ answer, onExplain }: { answer: PlanAnswer; onExplain: (id: string) => void }) {
  const rows = answer.comparison.decisions;
  const line = (row: DecisionRow) => (
    <tr key={row.id || row.decision}>
      <td>
        {row.id && (
          <button type="button" class="link" onClick={() => onExplain(row.id)} title="How this is computed">
            {row.id}
          </button>
        )}
      </td>
      <th scope="row">{row.decision}</th>
      <td class="number">{dollarChange(row.usd_micro)}</td>
      <td class="number">{change(row.pods)}</td>
      <td class="number">{change(row.memory_mib)}</td>
      <td>{row.controls_waived.join(', ')}</td>
      <td>{row.no_longer_survived.join(', ')}</td>
    </tr>
  );
  return (
    <table class="decisions">
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">Decision</th>
          <th scope="col" class="number">
            $ a month
          </th>
          <th scope="col" class="number">
            Pods
          </th>
          <th scope="col" class="number">
            MiB
          </th>
          <th scope="col">Controls waived</th>
          <th scope="col">No longer survived</th>
        </tr>
      </thead>
      <tbody>{rows.filter((row) => row.id !== '').map(line)}</tbody>
      <tfoot>{rows.filter((row) => row.id === '').map(line)}</tfoot>
    </table>
  );
}
