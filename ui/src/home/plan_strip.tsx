/** "Dev beside prod" in four figures; nothing where the server has no ledger. */
import { SummaryStrip } from '../plan/summary_strip';
import { usePlan } from '../plan/plan_page';

export function PlanStrip() {
  const { answer } = usePlan(null, null);
  if (answer === null) return null;
  return (
    <section aria-labelledby="plan-title">
      <div class="section-head">
        <h2 id="plan-title">
          {answer.b} beside {answer.a}
        </h2>
        <a href="?page=plan">All decisions</a>
      </div>
      <SummaryStrip answer={answer} />
    </section>
  );
}
