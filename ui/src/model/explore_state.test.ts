import { describe, expect, it } from 'vitest';
import {
  defaultExploreState, exploreLink, formatExploreState, isolated, isVisible, parseExploreState, toggled, type ExploreState,
} from './explore_state';
import { at, last } from './time_range';

const roundTrip = (state: ExploreState) => parseExploreState(new URLSearchParams(formatExploreState(state).toString()));

it('survives the way through the address', () => {
  const state: ExploreState = {
    queries: [
      { text: 'sum by (job) (rate(x{a=~"b|c&d"}[5m])) > 1 + 2', enabled: true },
      { text: 'up\n# a comment', enabled: false },
    ],
    range: { from: at(1700000000), to: at(1700003600.5) },
    refresh: 5,
    step: 0.5,
    tab: 'table',
    visibility: { mode: 'only', keys: ['A up{job="x"}'] },
    drawLimit: 500,
  };
  expect(roundTrip(state)).toEqual(state);
  expect(roundTrip(defaultExploreState())).toEqual(defaultExploreState());
});

it('ignores what it cannot read', () => {
  const state = parseExploreState(new URLSearchParams('page=explore&from=x&refresh=often&step=0&tab=pie&draw=1e9&to=now'));
  expect(state).toEqual({ ...defaultExploreState(), drawLimit: 1000 });
});

it('makes links', () => {
  expect(parseExploreState(new URLSearchParams(exploreLink(['a', 'b'], last(900), 5)))).toMatchObject({
    queries: [{ text: 'a', enabled: true }, { text: 'b', enabled: true }],
    range: last(900),
    refresh: 5,
  });
});

describe('visibility', () => {
  const all = { mode: 'hide', keys: [] } as const;
  it('hides and shows', () => {
    const hidden = toggled({ ...all, keys: [] }, 'a');
    expect([isVisible(hidden, 'a'), isVisible(hidden, 'b')]).toEqual([false, true]);
    expect(isVisible(toggled(hidden, 'a'), 'a')).toBe(true);
  });
  it('isolates and shows all again', () => {
    const alone = isolated({ ...all, keys: [] }, 'a');
    expect([isVisible(alone, 'a'), isVisible(alone, 'b')]).toEqual([true, false]);
    expect(isVisible(isolated(alone, 'a'), 'b')).toBe(true);
  });
});
