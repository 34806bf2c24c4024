/** Help for the function, aggregation or metric under the pointer. */
import { syntaxTree } from '@codemirror/language';
import { hoverTooltip, type Tooltip } from '@codemirror/view';
import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import type { SyntaxNode } from '@lezer/common';
import { functionElement, metricElement } from './help_text';

export const hoverHelp = (client: PrometheusClient) =>
  hoverTooltip(
    async (view, position, side): Promise<Tooltip | null> => {
      const found = nodeAt(syntaxTree(view.state).resolveInner(position, side));
      if (!found) return null;
      const name = view.state.sliceDoc(found.node.from, found.node.to);
      const element =
        found.kind === 'function'
          ? await functionElement(name.toLowerCase()).then((help) => help ?? functionElement(name))
          : metricElement(name, (await client.metricMetadata())[name]?.[0]);
      if (!element) return null;
      return { pos: found.node.from, end: found.node.to, above: true, create: () => ({ dom: element }) };
    },
    { hoverTime: 250 },
  );

function nodeAt(start: SyntaxNode): { node: SyntaxNode; kind: 'function' | 'metric' } | null {
  for (let node: SyntaxNode | null = start; node; node = node.parent) {
    if (node.name === 'FunctionIdentifier' || node.name === 'AggregateOp') return { node, kind: 'function' };
    if (node.name === 'Identifier') {
      return { node, kind: node.parent?.name === 'VectorSelector' ? 'metric' : 'function' };
    }
    if (node.name === 'FunctionCallBody' || node.name === 'LabelMatchers') return null;
  }
  return null;
}
