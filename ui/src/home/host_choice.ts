/** Which host the home page shows. */
import { useEffect, useState } from 'preact/hooks';
import { labelValues } from '../api/names';
import { fetchServerState } from '../api/server_state';

export interface HostChoice {
  /** null while it is not known; '' where no host has metrics, and then all metrics count. */
  instance: string | null;
  all: string[];
}

/** How long the first graphs wait for the server to name its own host. */
const PATIENCE = 1000;

export function useHostChoice(wanted: string | null, round: number): HostChoice {
  const [all, setAll] = useState<string[] | null>(null);
  const [own, setOwn] = useState<string | null>(null);
  useEffect(() => {
    const patience = setTimeout(() => setOwn((before) => before ?? ''), PATIENCE);
    fetchServerState().then(
      (state) => setOwn(state?.host?.instance ?? ''),
      () => setOwn(''),
    );
    return () => clearTimeout(patience);
  }, []);
  // Without a host, look again: metrics appear seconds after the start.
  const looking = all === null || all.length === 0 ? round : -1;
  useEffect(() => {
    labelValues('instance', { match: 'node_load1' }).then(setAll, () => setAll((before) => before ?? []));
  }, [looking]);

  const known = all ?? [];
  if (wanted !== null) return { instance: wanted, all: known.includes(wanted) ? known : [...known, wanted] };
  if (own) return { instance: own, all: known };
  if (own === null || all === null) return { instance: null, all: known };
  return { instance: known[0] ?? '', all: known };
}
