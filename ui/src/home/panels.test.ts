import { parser } from '@prometheus-io/lezer-promql';
import { expect, it } from 'vitest';
import { HOST_PANELS, hostMatcher, SERVER_PANELS } from './panels';

it('asks queries that PromQL accepts, with and without a host', () => {
  for (const host of ['', hostMatcher('a:1')]) {
    for (const { queries } of [...HOST_PANELS, ...SERVER_PANELS]) {
      for (const { expression } of queries({ window: '30s', host })) {
        let valid = true;
        parser.parse(expression).iterate({ enter: (node) => void (valid &&= !node.type.isError) });
        expect(valid, expression).toBe(true);
      }
    }
  }
});

it('restricts every host metric to the chosen host', () => {
  for (const { queries } of HOST_PANELS) {
    for (const { expression } of queries({ window: '30s', host: hostMatcher('a:1') })) {
      const metrics = expression.match(/node_\w+/g)!.length;
      expect(expression.match(/instance="a:1"/g)?.length, expression).toBe(metrics);
    }
  }
});
