/** Two profiles in four figures. */
import type { PlanAnswer } from '../api/plan';
import { dollars, summarise } from './summary';

export function SummaryStrip({ answer }: { answer: PlanAnswer }) {
  const { a, b } = answer;
  const sum = summarise(answer);
  const pair = (title: string, from: string, to: string) => (
    <div class="figure">
      <dt>{title}</dt>
      <dd>
        <span>
          {from} <span class="soft">{a}</span>
        </span>
        <span>
          <strong>{to}</strong> <span class="soft">{b}</span>
        </span>
      </dd>
    </div>
  );
  return (
    <>
      <dl class="figures">
        {pair('a month', dollars(sum.dollars[0]), dollars(sum.dollars[1]))}
        {pair('pods', String(sum.pods[0]), String(sum.pods[1]))}
        <div class="figure">
          <dt>controls met less well</dt>
          <dd>
            <span>
              <strong>{sum.controlsWeaker}</strong> <span class="soft">of {sum.controls}</span>
            </span>
          </dd>
        </div>
        <div class="figure">
          <dt>failures no longer survived</dt>
          <dd>
            <span>
              <strong>{sum.noLongerSurvived.length}</strong>
            </span>
            <span class="soft">{sum.noLongerSurvived.join(', ')}</span>
          </dd>
        </div>
      </dl>
      {sum.caveat && <p class="soft">{sum.caveat}</p>}
    </>
  );
}
