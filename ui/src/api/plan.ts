/** The decisions behind this platform, as the server computes them. Money is integer micro-dollars a month. */
import { getData } from './http';

export interface ProfileName {
  id: string;
  title: string;
  about: string;
}

export interface DecisionRow {
  id: string;
  decision: string;
  usd_micro: number;
  pods: number | null;
  memory_mib: number | null;
  controls_waived: string[];
  no_longer_survived: string[];
}

export interface CostRow {
  id: string;
  title: string;
  /** null: a footprint that enters it was not measured. */
  a_usd_micro: number | null;
  b_usd_micro: number | null;
}

export interface Comparison {
  title: string;
  paragraphs: string[];
  decisions: DecisionRow[];
  costs: CostRow[];
  footprint: { what: string; a: number | null; b: number | null }[];
  controls: { control: string; title: string; a: string; b: string }[];
  failures?: { failure: string; title: string; a: string; b: string }[];
  assumptions: { id: string; value: number; unit: string; title: string }[];
}

export interface PlanAnswer {
  ledger: string;
  as_of: string;
  a: string;
  b: string;
  baseline: string;
  profiles: ProfileName[];
  comparison: Comparison;
}

export interface CascadeEvent {
  at_ms: number;
  object: string;
  what: string;
  reason: string;
}

export interface Cascade {
  profile: string;
  scenario: string;
  horizon_ms: number;
  write: { begin_ms: number; end_ms: number }[];
  read: { begin_ms: number; end_ms: number }[];
  events: CascadeEvent[];
  needs_human: string[];
}

export const fetchPlan = (a: string | null, b: string | null, signal?: AbortSignal) =>
  getData<PlanAnswer>('ui/v1/plan', new URLSearchParams({ ...(a && { a }), ...(b && { b }) }), signal);

export const fetchDerivation = (id: string, a: string, b: string, signal?: AbortSignal) =>
  getData<{ id: string; text: string }>('ui/v1/plan/explain', new URLSearchParams({ id, a, b }), signal);

export const fetchCascade = (profile: string, failure: string, signal?: AbortSignal) =>
  getData<Cascade>('ui/v1/plan/cascade', new URLSearchParams({ profile, failure }), signal);
