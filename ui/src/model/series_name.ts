/** Names of series for legends and tables. */
import type { Labels } from './columns';

const NAME = '__name__';

const quote = (value: string) => `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;

/** The series as PromQL writes it: up{instance="a"}. */
export function seriesName(labels: Labels): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== NAME)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${quote(value)}`);
  const metric = labels[NAME] ?? '';
  if (pairs.length === 0) return metric || '{}';
  return `${metric}{${pairs.join(', ')}}`;
}

/** Labels that all of several series share; empty when there are fewer than two. */
export function commonLabels(all: Labels[]): Labels {
  if (all.length < 2) return {};
  const common: Labels = { ...all[0] };
  for (const labels of all) {
    for (const name of Object.keys(common)) if (labels[name] !== common[name]) delete common[name];
  }
  return common;
}

export function without(labels: Labels, removed: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !(name in removed)));
}

/** Fills {{label}} in a template. */
export function fillTemplate(template: string, labels: Labels): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
}
