import type { Budget } from '../api/server_state';
import { formatValue } from '../model/units';

/** Budgets as plain text with a bar; a budget above 90 % is marked in words. */
export function Budgets({ budgets }: { budgets: Budget[] }) {
  return (
    <table class="facts-table budgets">
      <thead>
        <tr>
          <th scope="col">Memory budget</th>
          <th scope="col">Used</th>
          <th scope="col">Limit</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {budgets.map(({ name, used_bytes, limit_bytes }) => {
          const share = limit_bytes > 0 ? used_bytes / limit_bytes : 0;
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{formatValue(used_bytes, 'bytes')}</td>
              <td class="number">{formatValue(limit_bytes, 'bytes')}</td>
              <td>
                <meter min={0} max={1} high={0.9} value={share} aria-label={`${name}, share used`} /> {Math.round(share * 100)} %
                {share > 0.9 ? ' (nearly full)' : ''}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
