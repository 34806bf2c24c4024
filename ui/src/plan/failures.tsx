/** Every failure beside both profiles; a verdict opens what happens, line by line. */
import type { PlanAnswer } from '../api/plan';
import { grade } from './summary';

const MARKS = { good: '✓', warn: '~', bad: '✗', none: '' } as const;

export function Failures({ answer, onOpen }: { answer: PlanAnswer; onOpen: (failure: string, profile: string) => void }) {
  const verdict = (text: string, failure: string, profile: string) => {
    const level = grade(text);
    if (level === 'none') return <td class="verdict none">does not apply</td>;
    return (
      <td class={`verdict ${level}`}>
        <button type="button" class="link" onClick={() => onOpen(failure, profile)} title="What happens, line by line">
          <span aria-hidden="true">{MARKS[level]}</span> {text}
        </button>
      </td>
    );
  };
  return (
    <table class="matrix">
      <thead>
        <tr>
          <th scope="col">Failure</th>
          <th scope="col">{answer.a}</th>
          <th scope="col">{answer.b}</th>
        </tr>
      </thead>
      <tbody>
        {(answer.comparison.failures ?? []).map((row) => (
          <tr key={row.failure}>
            <th scope="row">{row.title}</th>
            {verdict(row.a, row.failure, answer.a)}
            {verdict(row.b, row.failure, answer.b)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
