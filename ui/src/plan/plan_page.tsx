/** Plan: two profiles beside each other; what each decision costs, what it gives up, and what happens when something fails. */
import { useEffect, useState } from 'preact/hooks';
import { isAbort } from '../api/http';
import { fetchPlan, type PlanAnswer, type ProfileName } from '../api/plan';
import { navigate } from '../shell/address';
import { Bill } from './bill';
import { CascadeView } from './cascade_view';
import { Decisions } from './decisions';
import { Derivation } from './derivation';
import { Failures } from './failures';
import { SummaryStrip } from './summary_strip';

export function PlanPage({ params }: { params: URLSearchParams }) {
  const { answer, problem } = usePlan(params.get('a'), params.get('b'));
  const change = (next: Record<string, string | null>) => {
    const query = new URLSearchParams(params);
    for (const [name, value] of Object.entries(next)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    navigate(query.toString());
  };
  if (problem !== null) {
    return (
      <div class="plan">
        <h1>Plan</h1>
        <p class="notice error" role="alert">
          <strong>Error</strong> <span>{problem}</span>
        </p>
      </div>
    );
  }
  if (answer === null) return <p class="empty">Loading …</p>;
  const { comparison } = answer;
  const failure = params.get('failure');
  const profile = params.get('in') ?? answer.b;
  const id = params.get('explain');
  return (
    <div class="plan">
      <h1>Plan</h1>
      <div class="toolbar">
        <Choice label="Profile" value={answer.a} profiles={answer.profiles} onChange={(a) => change({ a })} />
        <Choice label="beside" value={answer.b} profiles={answer.profiles} onChange={(b) => change({ b })} />
        <span class="soft">
          {answer.ledger}; list prices as of {answer.as_of}; controls of the {answer.baseline} baseline
        </span>
      </div>
      <SummaryStrip answer={answer} />
      {id !== null && <Derivation id={id} a={answer.a} b={answer.b} onClose={() => change({ explain: null })} />}
      <section aria-labelledby="bill-title">
        <h2 id="bill-title">The bill, dollars a month</h2>
        <Bill answer={answer} onExplain={(line) => change({ explain: line })} />
      </section>
      {comparison.failures && (
        <section aria-labelledby="failures-title">
          <h2 id="failures-title">When something fails, at the worst place</h2>
          <Failures answer={answer} onOpen={(name, where) => change({ failure: name, in: where })} />
          {failure !== null && <CascadeView profile={profile} failure={failure} onClose={() => change({ failure: null, in: null })} />}
        </section>
      )}
      <section aria-labelledby="decisions-title">
        <h2 id="decisions-title">What each decision alone changes</h2>
        <Decisions answer={answer} onExplain={(decision) => change({ explain: decision })} />
      </section>
    </div>
  );
}

function Choice({ label, value, profiles, onChange }: { label: string; value: string; profiles: ProfileName[]; onChange: (id: string) => void }) {
  return (
    <label class="inline-field">
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {profiles.map(({ id, title }) => (
          <option key={id} value={id} title={title}>
            {id}
          </option>
        ))}
      </select>
    </label>
  );
}

export function usePlan(a: string | null, b: string | null) {
  const [held, setHeld] = useState<{ answer: PlanAnswer | null; problem: string | null }>({ answer: null, problem: null });
  useEffect(() => {
    const abort = new AbortController();
    fetchPlan(a, b, abort.signal).then(
      (answer) => setHeld({ answer, problem: null }),
      (error: Error) => {
        if (!isAbort(error)) setHeld({ answer: null, problem: error.message });
      },
    );
    return () => abort.abort();
  }, [a, b]);
  return held;
}
