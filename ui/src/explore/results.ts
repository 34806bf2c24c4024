/** Runs the queries of Explore and keeps what they answered. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, isAbort } from '../api/http';
import { queryInstant, queryRange, type InstantAnswer, type RangeAnswer } from '../api/query';
import type { Tab } from '../model/explore_state';
import { alignedGrid } from '../model/step';
import { resolve, type Interval, type TimeRange } from '../model/time_range';

export type RowAnswer = { kind: 'range'; answer: RangeAnswer } | { kind: 'instant'; answer: InstantAnswer };

export interface QueryResult {
  index: number;
  text: string;
  /** The newest answer; stays when a later request fails. */
  answer: RowAnswer | null;
  error: { message: string; kind: ApiError['kind'] } | null;
}

export interface Results {
  results: QueryResult[];
  /** What the answers cover, and when they came (unix seconds). */
  interval: Interval;
  at: number;
}

export interface RunRequest {
  queries: { index: number; text: string }[];
  tab: Tab;
  range: TimeRange;
  step: number;
  drawLimit: number;
}

/** Rows of a table beyond this many are not fetched. */
export const TABLE_LIMIT = 1000;

export function useResults(request: RunRequest): { results: Results | null; running: boolean; run: () => void } {
  const [results, setResults] = useState<Results | null>(null);
  const [running, setRunning] = useState(false);
  const abort = useRef<AbortController | null>(null);
  const latest = useRef(request);
  latest.current = request;

  const run = useCallback(() => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    const wanted = latest.current;
    const now = Date.now() / 1000;
    const interval = resolve(wanted.range, now);
    setRunning(true);
    Promise.all(wanted.queries.map((query) => runOne(query, wanted, interval, controller.signal))).then(
      (answered) => {
        if (abort.current !== controller) return;
        setRunning(false);
        setResults((before) => merged(before, answered, interval, now));
      },
      () => {}, // Aborted: a later run is under way.
    );
  }, []);

  const identity = JSON.stringify(request);
  useEffect(run, [identity]);
  useEffect(() => () => abort.current?.abort(), []);
  return { results, running, run };
}

async function runOne(
  { index, text }: { index: number; text: string },
  { tab, step, drawLimit }: RunRequest,
  interval: Interval,
  signal: AbortSignal,
): Promise<QueryResult> {
  try {
    const answer: RowAnswer =
      tab === 'graph'
        ? { kind: 'range', answer: await queryRange({ query: text, grid: alignedGrid(interval, step), seriesLimit: drawLimit }, signal) }
        : { kind: 'instant', answer: await queryInstant(text, interval.end, TABLE_LIMIT, signal) };
    return { index, text, answer, error: null };
  } catch (error) {
    if (isAbort(error)) throw error;
    const kind = error instanceof ApiError ? error.kind : 'refused';
    return { index, text, answer: null, error: { message: (error as Error).message, kind } };
  }
}

/**
 * When the server cannot be reached, what it answered before to the same queries stays, with the range it covers. The
 * charts of one page share a grid, so either all answers are replaced or none.
 */
function merged(before: Results | null, answered: QueryResult[], interval: Interval, at: number): Results {
  const same =
    before !== null &&
    before.results.length === answered.length &&
    answered.every((result, i) => result.text === before.results[i]!.text && result.index === before.results[i]!.index);
  if (!same || !answered.some((result) => result.error?.kind === 'unreachable')) return { results: answered, interval, at };
  return { ...before, results: answered.map((result, i) => ({ ...result, answer: before.results[i]!.answer })) };
}
