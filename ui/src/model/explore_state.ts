/** All that Explore shows, as one value, and its form in the address of the page. */
import { formatDuration, parseDuration } from './duration';
import { formatTimePoint, last, parseTimePoint, type TimeRange } from './time_range';

export type Tab = 'graph' | 'table';

export interface QueryText {
  text: string;
  enabled: boolean;
}

/** Which lines are drawn: all except some, or only some. Lines are named by their legend text. */
export interface Visibility {
  mode: 'hide' | 'only';
  keys: string[];
}

export interface ExploreState {
  queries: QueryText[];
  range: TimeRange;
  /** Seconds between refreshes; 0 is off. */
  refresh: number;
  /** Seconds; null chooses by the width of the graph. */
  step: number | null;
  tab: Tab;
  visibility: Visibility;
  /** At most so many series are drawn. */
  drawLimit: number;
}

export const DRAW_LIMIT = 100;
export const MAX_DRAW_LIMIT = 1000;
export const MAX_QUERIES = 10;

export const letterOf = (index: number) => String.fromCharCode(65 + index);

export const everythingVisible: Visibility = { mode: 'hide', keys: [] };

export function defaultExploreState(): ExploreState {
  return {
    queries: [{ text: '', enabled: true }],
    range: last(3600),
    refresh: 0,
    step: null,
    tab: 'graph',
    visibility: everythingVisible,
    drawLimit: DRAW_LIMIT,
  };
}

export function parseRange(params: URLSearchParams, fallback: TimeRange): TimeRange {
  const from = parseTimePoint(params.get('from') ?? '', 'utc');
  const to = parseTimePoint(params.get('to') ?? 'now', 'utc');
  return from && to ? { from, to } : fallback;
}

export function parseExploreState(params: URLSearchParams): ExploreState {
  const state = defaultExploreState();
  const disabled = params.get('off') ?? '';
  const texts = params.getAll('q').slice(0, MAX_QUERIES);
  if (texts.length > 0) {
    state.queries = texts.map((text, i) => ({ text, enabled: !disabled.includes(letterOf(i)) }));
  }
  state.range = parseRange(params, state.range);
  state.refresh = parseDuration(params.get('refresh') ?? '') ?? 0;
  state.step = parseDuration(params.get('step') ?? '') || null;
  if (params.get('tab') === 'table') state.tab = 'table';
  const only = params.getAll('only');
  state.visibility = only.length > 0 ? { mode: 'only', keys: only } : { mode: 'hide', keys: params.getAll('hide') };
  const limit = Number(params.get('draw'));
  if (limit >= 1) state.drawLimit = Math.min(MAX_DRAW_LIMIT, Math.floor(limit));
  return state;
}

/** What equals the default is left out, which keeps addresses short. */
export function formatExploreState(state: ExploreState): URLSearchParams {
  const params = new URLSearchParams({ page: 'explore' });
  for (const { text } of state.queries) params.append('q', text);
  const disabled = state.queries.map(({ enabled }, i) => (enabled ? '' : letterOf(i))).join('');
  if (disabled) params.set('off', disabled);
  params.set('from', formatTimePoint(state.range.from));
  params.set('to', formatTimePoint(state.range.to));
  if (state.refresh > 0) params.set('refresh', formatDuration(state.refresh));
  if (state.step !== null) params.set('step', formatDuration(state.step));
  if (state.tab !== 'graph') params.set('tab', state.tab);
  for (const key of state.visibility.keys) params.append(state.visibility.mode, key);
  if (state.drawLimit !== DRAW_LIMIT) params.set('draw', String(state.drawLimit));
  return params;
}

/** The address of Explore with these queries over this range. */
export function exploreLink(queries: string[], range: TimeRange, refresh = 0): string {
  const state = { ...defaultExploreState(), range, refresh, queries: queries.map((text) => ({ text, enabled: true })) };
  return `?${formatExploreState(state)}`;
}

export function isVisible(visibility: Visibility, key: string): boolean {
  return visibility.keys.includes(key) === (visibility.mode === 'only');
}

export function toggled(visibility: Visibility, key: string): Visibility {
  const keys = visibility.keys.includes(key)
    ? visibility.keys.filter((other) => other !== key)
    : [...visibility.keys, key];
  return keys.length === 0 ? everythingVisible : { mode: visibility.mode, keys };
}

/** Shows this line alone; done again, all lines. */
export function isolated(visibility: Visibility, key: string): Visibility {
  const alone = visibility.mode === 'only' && visibility.keys.length === 1 && visibility.keys[0] === key;
  return alone ? everythingVisible : { mode: 'only', keys: [key] };
}
