import { expect, it } from 'vitest';
import { commonLabels, fillTemplate, seriesName, without } from './series_name';

it('writes series as PromQL does', () => {
  expect(seriesName({ __name__: 'up', job: 'a', instance: 'b"c' })).toBe('up{instance="b\\"c", job="a"}');
  expect(seriesName({ __name__: 'up' })).toBe('up');
  expect(seriesName({})).toBe('{}');
});

it('finds the labels that all series share', () => {
  const all = [{ job: 'a', cpu: '0' }, { job: 'a', cpu: '1' }];
  expect(commonLabels(all)).toEqual({ job: 'a' });
  expect(without(all[0]!, { job: 'a' })).toEqual({ cpu: '0' });
  expect(commonLabels(all.slice(0, 1))).toEqual({});
});

it('fills templates', () => {
  expect(fillTemplate('CPU {{ cpu }} {{none}}', { cpu: '3' })).toBe('CPU 3 ');
});
