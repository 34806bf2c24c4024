/** One failure in its worst place as a timeline: when writes and reads stop, and each step as the tickets will read it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isAbort } from '../api/http';
import { fetchCascade, type Cascade } from '../api/plan';
import { moment, steps } from './summary';

const MOST_STEPS = 60;

export function CascadeView({ profile, failure, onClose }: { profile: string; failure: string; onClose: () => void }) {
  const [held, setHeld] = useState<{ cascade: Cascade | null; problem: string | null }>({ cascade: null, problem: null });
  const head = useRef<HTMLElement>(null);
  useEffect(() => {
    const abort = new AbortController();
    fetchCascade(profile, failure, abort.signal).then(
      (cascade) => setHeld({ cascade, problem: null }),
      (error: Error) => {
        if (!isAbort(error)) setHeld({ cascade: null, problem: error.message });
      },
    );
    return () => abort.abort();
  }, [profile, failure]);
  useEffect(() => head.current?.scrollIntoView({ block: 'nearest' }), [held]);
  const { cascade, problem } = held;
  return (
    <section class="state cascade" aria-label={`${failure} in ${profile}`} ref={head}>
      <div class="section-head">
        <h3>
          {profile}: {cascade?.scenario ?? failure}
        </h3>
        <button type="button" class="plain" onClick={onClose}>
          Close
        </button>
      </div>
      {problem && <p class="notice error">{problem}</p>}
      {cascade && <Timeline cascade={cascade} />}
    </section>
  );
}

function Timeline({ cascade }: { cascade: Cascade }) {
  const all = steps(cascade);
  // The picture ends a little behind the last change, so that the first minutes are not a hair's breadth.
  const end = Math.min(cascade.horizon_ms, Math.max(60_000, (all.at(-1)?.at_ms ?? 0) * 1.15));
  const band = (name: string, intervals: Cascade['write']) => (
    <div class="band">
      <span class="band-name">{name}</span>
      <svg viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label={bandText(name, intervals, cascade.horizon_ms)}>
        <rect class="up" width="1000" height="12" />
        {intervals.map(({ begin_ms, end_ms }) => (
          <rect
            key={begin_ms}
            class="down"
            x={(begin_ms / end) * 1000}
            width={Math.max(2, ((Math.min(end_ms, end) - begin_ms) / end) * 1000)}
            height="12"
          />
        ))}
      </svg>
      <span class="soft">{bandText('', intervals, cascade.horizon_ms)}</span>
    </div>
  );
  return (
    <>
      {band('Writes', cascade.write)}
      {band('Reads', cascade.read)}
      <div class="band soft">
        <span class="band-name" />
        <span class="band-scale">
          <span>0</span>
          <span>{moment(end)}</span>
        </span>
      </div>
      <ol class="steps">
        {all.slice(0, MOST_STEPS).map((step, i) => (
          <li key={i}>
            <span class="number">{moment(step.at_ms)}</span>
            <span>
              <strong>{step.what}</strong> {step.objects.slice(0, 3).join(', ')}
              {step.objects.length > 3 && ` and ${step.objects.length - 3} more`}
              {step.reason && <span class="soft reason">{step.reason}</span>}
            </span>
          </li>
        ))}
      </ol>
      {all.length > MOST_STEPS && <p class="soft">… and {all.length - MOST_STEPS} more steps.</p>}
      {cascade.needs_human.length > 0 && (
        <>
          <h4>It needs a human</h4>
          <ul>
            {cascade.needs_human.map((action) => (
              <li key={action}>{action}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function bandText(name: string, intervals: Cascade['write'], horizon: number): string {
  const subject = name ? `${name}: ` : '';
  if (intervals.length === 0) return `${subject}never down`;
  const down = intervals.reduce((sum, one) => sum + one.end_ms - one.begin_ms, 0);
  const back = intervals.at(-1)!.end_ms < horizon;
  return `${subject}down ${moment(down)}${back ? '' : ' and does not come back by itself'}`;
}
