/** Names and metadata of what is stored: for completion, hover help and choices. */
import { getData } from './http';

export interface Metadata {
  type: string;
  help: string;
  unit?: string;
}

/** At most so many names are fetched for a completion list. */
const NAME_LIMIT = '10000';

interface Scope {
  /** Selector that restricts the answer. */
  match?: string;
  /** Unix seconds; the last hour counts without it. */
  start?: number;
}

function scoped({ match, start = Date.now() / 1000 - 3600 }: Scope): URLSearchParams {
  const params = new URLSearchParams({ limit: NAME_LIMIT, start: start.toFixed(0), end: (Date.now() / 1000 + 60).toFixed(0) });
  if (match) params.set('match[]', match);
  return params;
}

export const labelNames = (scope: Scope = {}) => getData<string[]>('api/v1/labels', scoped(scope));

export const labelValues = (label: string, scope: Scope = {}) =>
  getData<string[]>(`api/v1/label/${encodeURIComponent(label)}/values`, scoped(scope));

export const series = (match: string) => getData<Record<string, string>[]>('api/v1/series', scoped({ match }));

export const metadata = () =>
  getData<Record<string, Metadata[]>>('api/v1/metadata', new URLSearchParams({ limit: NAME_LIMIT }));
