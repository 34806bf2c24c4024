/** The lines of the bill as pairs of bars on one scale. */
import type { PlanAnswer } from '../api/plan';
import { billLines, dollarChange, dollars } from './summary';

export function Bill({ answer, onExplain }: { answer: PlanAnswer; onExplain: (line: string) => void }) {
  const lines = billLines(answer.comparison);
  const most = Math.max(1, ...lines.flatMap((row) => [row.a_usd_micro ?? 0, row.b_usd_micro ?? 0]));
  const total = answer.comparison.costs.find((row) => row.id === 'total');
  return (
    <table class="bill">
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col" class="bars-head">
            <span class="key a">{answer.a}</span> <span class="key b">{answer.b}</span>
          </th>
          <th scope="col" class="number">
            {answer.a}
          </th>
          <th scope="col" class="number">
            {answer.b}
          </th>
          <th scope="col" class="number">
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <button type="button" class="link" onClick={() => onExplain(row.id)} title="How this is computed">
                {row.title}
              </button>
            </th>
            <td class="bars">
              <Bar name="a" share={(row.a_usd_micro ?? 0) / most} />
              <Bar name="b" share={(row.b_usd_micro ?? 0) / most} />
            </td>
            <td class="number">{dollars(row.a_usd_micro)}</td>
            <td class="number">{dollars(row.b_usd_micro)}</td>
            <td class="number">{row.b_usd_micro === null ? '' : dollarChange(row.b_usd_micro - (row.a_usd_micro ?? 0))}</td>
          </tr>
        ))}
      </tbody>
      {total && (
        <tfoot>
          <tr>
            <th scope="row">total</th>
            <td />
            <td class="number">{dollars(total.a_usd_micro)}</td>
            <td class="number">{dollars(total.b_usd_micro)}</td>
            <td class="number">{dollarChange((total.b_usd_micro ?? 0) - (total.a_usd_micro ?? 0))}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

// An attribute of SVG and no style: the page's policy forbids inline styles.
function Bar({ name, share }: { name: string; share: number }) {
  return (
    <svg class={`bar ${name}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(share * 100, share > 0 ? 0.5 : 0)} height="6" />
    </svg>
  );
}
