/** The status part of the Prometheus API. Fields that a server leaves out stay undefined. */
import { getData } from './http';

export interface Target {
  scrapePool: string;
  scrapeUrl: string;
  labels: Record<string, string>;
  health: 'up' | 'down' | 'unknown';
  lastError: string;
  lastScrape: string;
  lastScrapeDuration: number;
}

export interface Cardinality {
  headStats?: Record<string, number | string>;
  seriesCountByMetricName?: NameCount[];
  labelValueCountByLabelName?: NameCount[];
  memoryInBytesByLabelName?: NameCount[];
  seriesCountByLabelValuePair?: NameCount[];
}

export interface NameCount {
  name: string;
  value: number;
}

export const fetchBuildInfo = (signal?: AbortSignal) =>
  getData<Record<string, unknown>>('api/v1/status/buildinfo', undefined, signal);

export const fetchRuntimeInfo = (signal?: AbortSignal) =>
  getData<Record<string, unknown>>('api/v1/status/runtimeinfo', undefined, signal);

export const fetchCardinality = (signal?: AbortSignal) =>
  getData<Cardinality>('api/v1/status/tsdb', new URLSearchParams({ limit: '10' }), signal);

export async function fetchTargets(signal?: AbortSignal): Promise<Target[]> {
  const params = new URLSearchParams({ state: 'active' });
  const data = await getData<{ activeTargets?: Target[] }>('api/v1/targets', params, signal);
  return data.activeTargets ?? [];
}
