/** What the strip on Home and the head of Plan say of a comparison. Pure functions. */
import type { Cascade, CascadeEvent, Comparison, PlanAnswer } from '../api/plan';

const STRENGTHS = ['full', 'partial', 'weak', 'not met'];

export interface Summary {
  dollars: [number, number];
  pods: [number, number];
  memory: [number, number];
  controlsWeaker: number;
  controls: number;
  noLongerSurvived: string[];
  /** What was not measured and is in none of these figures. */
  caveat: string;
}

export function summarise({ comparison }: PlanAnswer): Summary {
  const total = comparison.costs.find((row) => row.id === 'total');
  const figure = (what: string): [number, number] => {
    const row = comparison.footprint.find((one) => one.what.startsWith(what));
    return [row?.a ?? 0, row?.b ?? 0];
  };
  const weaker = comparison.controls.filter((row) => STRENGTHS.indexOf(row.b) > STRENGTHS.indexOf(row.a));
  return {
    dollars: [total?.a_usd_micro ?? 0, total?.b_usd_micro ?? 0],
    pods: figure('pods'),
    memory: figure('memory'),
    controlsWeaker: weaker.length,
    controls: comparison.controls.length,
    noLongerSurvived: comparison.decisions.at(-1)?.no_longer_survived ?? [],
    caveat: comparison.paragraphs[0]?.match(/Not measured.*/)?.[0] ?? '',
  };
}

/** "$656.73", "-$12.00"; halves away from zero, as invoices round. */
export function dollars(micro: number | null): string {
  if (micro === null) return 'not measured';
  const cents = Math.sign(micro) * Math.round(Math.abs(micro) / 10_000);
  return `${cents < 0 ? '-' : ''}$${(Math.abs(cents) / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** With its sign; empty for no change. */
export function dollarChange(micro: number): string {
  const text = dollars(micro);
  if (text === '$0.00' || text === '-$0.00') return '';
  return micro > 0 ? `+${text}` : text;
}

export type Grade = 'good' | 'warn' | 'bad' | 'none';

/** How bad a verdict is: "unharmed", "recovers, 5m17s", "loses 3d", "needs a human in 1 of 3", "-". */
export function grade(verdict: string): Grade {
  if (verdict === '-') return 'none';
  if (verdict.startsWith('unharmed')) return 'good';
  if (verdict.startsWith('recovers')) return 'warn';
  return 'bad';
}

/** The lines of the bill that differ or cost something, dearest first; totals are left out. */
export const billLines = ({ costs }: Comparison) =>
  costs
    .filter((row) => row.id !== 'total' && row.id !== 'fixed' && (row.a_usd_micro !== 0 || row.b_usd_micro !== 0))
    .sort((x, y) => Math.max(y.a_usd_micro ?? 0, y.b_usd_micro ?? 0) - Math.max(x.a_usd_micro ?? 0, x.b_usd_micro ?? 0));

export interface Step {
  at_ms: number;
  what: string;
  objects: string[];
  reason: string;
}

const QUIET = new Set(['Scheduled', 'Started', 'Launched', 'Deleted']);

/** Events of one moment and one kind in one step; what follows of itself, and repeats of a crash loop, are left out. */
export function steps({ events }: Cascade): Step[] {
  const seen = new Set<string>();
  const out: Step[] = [];
  for (const event of events) {
    if (QUIET.has(event.what) || event.what === 'Crashed') continue;
    const key = `${event.object} ${event.what}`;
    if (repeats(event) && seen.has(key)) continue;
    seen.add(key);
    const last = out.at(-1);
    if (last && last.at_ms === event.at_ms && last.what === event.what && same(last, event)) last.objects.push(event.object);
    else out.push({ at_ms: event.at_ms, what: event.what, objects: [event.object], reason: event.reason });
  }
  return out;
}

const repeats = (event: CascadeEvent) => event.what === 'CrashLoopBackOff' || event.what === 'FailedScheduling' || event.what === 'NotTriggerScaleUp';
// Every pod has its own reason; the first of them stands for all where they are alike but for the name.
const same = (step: Step, event: CascadeEvent) => step.reason === event.reason || step.what === 'Ready' || step.what === 'TaintManagerEviction';

/** "t+2 min 45 s". */
export function moment(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ].filter(([value]) => value !== 0);
  return parts.length === 0 ? '0 s' : parts.map(([value, unit]) => `${value} ${unit}`).join(' ');
}
