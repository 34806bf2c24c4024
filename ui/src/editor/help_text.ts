/** Help for functions, aggregations and metrics as elements for hover boxes and completion lists. */
import { aggregateOpTerms, functionIdentifierTerms } from '@prometheus-io/codemirror-promql/dist/esm/complete/promql.terms';
import { functionHelp, type FunctionHelp } from '../api/server_state';
import type { Metadata } from '../api/names';

/** What the editor itself knows; used where the server has no table of functions. */
const builtIn = new Map<string, string>(
  [...functionIdentifierTerms, ...aggregateOpTerms].map((term) => [
    term.label,
    'info' in term && typeof term.info === 'string' ? term.info : '',
  ]),
);

export async function functionElement(name: string): Promise<HTMLElement | null> {
  const help = (await functionHelp()).get(name);
  if (help) return fullHelp(help);
  const text = builtIn.get(name);
  return text ? box([line('help-signature', name), line('help-text', text)]) : null;
}

/** Functions that the server has and the editor's grammar does not know. */
export async function functionsOnlyOnServer(): Promise<string[]> {
  return [...(await functionHelp()).keys()].filter((name) => !builtIn.has(name));
}

export function metricElement(name: string, metadata: Metadata | undefined): HTMLElement | null {
  if (!metadata) return null;
  const type = metadata.type && metadata.type !== 'unknown' ? ` (${metadata.type})` : '';
  return box([line('help-signature', name + type), line('help-text', metadata.help)]);
}

function fullHelp({ signature, doc, example, experimental }: FunctionHelp): HTMLElement {
  const parts = [line('help-signature', signature), line('help-text', doc)];
  if (example) parts.push(line('help-example', example));
  if (experimental) parts.push(line('help-note', 'Experimental: it may change or be removed.'));
  return box(parts);
}

function box(parts: HTMLElement[]): HTMLElement {
  const element = document.createElement('div');
  element.className = 'promql-help';
  element.append(...parts);
  return element;
}

function line(className: string, text: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  element.textContent = text;
  return element;
}
