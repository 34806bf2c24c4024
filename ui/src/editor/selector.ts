/** Series selectors for completion requests. */
import type { Matcher } from '@prometheus-io/codemirror-promql/dist/esm/types';
import { EqlRegex, EqlSingle, Neq, NeqRegex } from '@prometheus-io/lezer-promql';

const OPERATORS = new Map([
  [EqlSingle, '='],
  [Neq, '!='],
  [EqlRegex, '=~'],
  [NeqRegex, '!~'],
]);

/** `{__name__="up",job="a"}` without the label that is being completed; undefined when nothing restricts. */
export function selector(metric?: string, matchers: Matcher[] = [], except?: string): string | undefined {
  const parts = metric ? [`__name__=${JSON.stringify(metric)}`] : [];
  for (const { name, value, type } of matchers) {
    const operator = OPERATORS.get(type);
    if (!operator || name === except || value === '') continue;
    parts.push(`${name}${operator}${JSON.stringify(value)}`);
  }
  return parts.length > 0 ? `{${parts.join(',')}}` : undefined;
}
