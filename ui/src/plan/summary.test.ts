import { expect, test } from 'vitest';
import type { Cascade, PlanAnswer } from '../api/plan';
import { billLines, dollarChange, dollars, grade, moment, steps, summarise } from './summary';

const same = (got: unknown, wanted: unknown) => expect(got).toEqual(wanted);

const answer: PlanAnswer = {
  ledger: 'test',
  as_of: '2026-07',
  a: 'prod',
  b: 'dev',
  baseline: 'MODERATE',
  profiles: [],
  comparison: {
    title: '',
    paragraphs: ['$2 become $1. Not measured, and in no figure of dev: requests of Isobar.'],
    decisions: [
      { id: 'A', decision: 'a', usd_micro: -1, pods: 0, memory_mib: 0, controls_waived: [], no_longer_survived: ['x'] },
      { id: '', decision: 'all decisions', usd_micro: -1, pods: 0, memory_mib: 0, controls_waived: [], no_longer_survived: ['one-zone', 'night'] },
    ],
    costs: [
      { id: 'kms', title: 'keys', a_usd_micro: 3_000_000, b_usd_micro: 0 },
      { id: 'nodes', title: 'nodes', a_usd_micro: 300_000_000, b_usd_micro: 50_000_000 },
      { id: 's3', title: 'objects', a_usd_micro: 0, b_usd_micro: 0 },
      { id: 'isobar_s3', title: 'log', a_usd_micro: 0, b_usd_micro: null },
      { id: 'total', title: 'total', a_usd_micro: 303_000_000, b_usd_micro: 50_000_000 },
      { id: 'fixed', title: 'fixed', a_usd_micro: 1, b_usd_micro: 1 },
    ],
    footprint: [
      { what: 'pods', a: 58, b: 9 },
      { what: 'memory requests, MiB', a: 36637, b: null },
    ],
    controls: [
      { control: 'SC-7', title: '', a: 'full', b: 'partial' },
      { control: 'SC-8', title: '', a: 'full', b: 'full' },
      { control: 'AC-2', title: '', a: 'not met', b: 'weak' },
      { control: 'CP-9', title: '', a: 'weak', b: 'not met' },
    ],
    assumptions: [],
  },
};

test('a comparison in four figures', () => {
  same(summarise(answer), {
    dollars: [303_000_000, 50_000_000],
    pods: [58, 9],
    memory: [36637, 0],
    controlsWeaker: 2,
    controls: 4,
    noLongerSurvived: ['one-zone', 'night'],
    caveat: 'Not measured, and in no figure of dev: requests of Isobar.',
  });
});

test('the bill: dearest first, without totals and without what costs nothing', () => {
  same(billLines(answer.comparison).map((row) => row.id), ['nodes', 'kms', 'isobar_s3']);
});

test('money rounds halves away from zero', () => {
  same([dollars(5_000), dollars(-5_000), dollars(1_234_567_890), dollars(null)], ['$0.01', '-$0.01', '$1,234.57', 'not measured']);
  same([dollarChange(0), dollarChange(4_000), dollarChange(-73_000_000), dollarChange(15_000)], ['', '', '-$73.00', '+$0.02']);
});

test('grades of verdicts', () => {
  same(['unharmed', 'recovers, 5m17s', 'loses 3d', 'needs a human in 1 of 3', '-'].map(grade), ['good', 'warn', 'bad', 'bad', 'none']);
});

test('a cascade: one step for what happens at once, a crash loop once', () => {
  const event = (at_ms: number, object: string, what: string, reason = '') => ({ at_ms, object, what, reason });
  const cascade: Cascade = {
    profile: 'p', scenario: 's', horizon_ms: 1, write: [], read: [], needs_human: [],
    events: [
      event(0, 'fault/lose_zone', 'Fault', 'a'),
      event(5, 'pod/a', 'Scheduled', 'x'),
      event(9, 'pod/a', 'Ready'),
      event(9, 'pod/b', 'Ready'),
      event(10, 'pod/c', 'CrashLoopBackOff', 'back-off 10s'),
      event(30, 'pod/c', 'CrashLoopBackOff', 'back-off 20s'),
    ],
  };
  same(steps(cascade).map((step) => [step.at_ms, step.what, step.objects]), [
    [0, 'Fault', ['fault/lose_zone']],
    [9, 'Ready', ['pod/a', 'pod/b']],
    [10, 'CrashLoopBackOff', ['pod/c']],
  ]);
});

test('moments', () => {
  same([moment(0), moment(75_000), moment(3_600_000), moment(14_405_000)], ['0 s', '1 min 15 s', '1 h', '4 h 5 s']);
});
