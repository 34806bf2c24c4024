/**
 * Runs queries. The only module that knows in which form values travel: a columnar form would be added here.
 */
import { type Columns, type Labels, type MatrixSeries } from '../model/columns';
import { gridEnd, type Grid } from '../model/step';
import { decodeRange, type DecodedRange } from './decode_range';
import { ApiError, parseEnvelope, postForm } from './http';

export interface RangeRequest {
  query: string;
  grid: Grid;
  /** Series beyond this many are counted, not kept. */
  seriesLimit: number;
}

export interface Answer {
  warnings: string[];
  infos: string[];
  milliseconds: number;
}

export interface RangeAnswer extends Answer {
  columns: Columns;
}

/** The server is asked for at least so many series, so that the number of all can be shown. */
const FETCHED_SERIES = 1000;

/** Longer answers are decoded on another thread. */
const WORKER_BYTES = 4 * 1024 * 1024;

export async function queryRange(request: RangeRequest, signal?: AbortSignal): Promise<RangeAnswer> {
  const { query, grid, seriesLimit } = request;
  const began = performance.now();
  const params = new URLSearchParams({
    query,
    start: seconds(grid.start),
    end: seconds(gridEnd(grid)),
    step: seconds(grid.step),
    limit: String(Math.max(seriesLimit, FETCHED_SERIES)),
  });
  const response = await postForm('api/v1/query_range', params, signal);
  const body = await response.arrayBuffer();
  const milliseconds = performance.now() - began;
  const decoded =
    body.byteLength > WORKER_BYTES
      ? await decodeOnWorker(body, response.status, grid, seriesLimit, signal)
      : decodeRange(body, response.status, grid, seriesLimit);
  if ('error' in decoded) throw new ApiError('refused', decoded.error, response.status, decoded.type);
  return { ...decoded, milliseconds };
}

const seconds = (value: number) => String(Math.round(value * 1000) / 1000);

function decodeOnWorker(
  body: ArrayBuffer,
  status: number,
  grid: Grid,
  limit: number,
  signal?: AbortSignal,
): Promise<DecodedRange> {
  return new Promise((fulfil, reject) => {
    const worker = new Worker(new URL('./decode_worker.ts', import.meta.url), { type: 'module' });
    const stop = () => {
      worker.terminate();
      reject(new DOMException('aborted', 'AbortError'));
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.onmessage = (event: MessageEvent<DecodedRange>) => {
      signal?.removeEventListener('abort', stop);
      worker.terminate();
      fulfil(event.data);
    };
    worker.onerror = () => reject(new ApiError('refused', 'The answer could not be decoded.', status));
    worker.postMessage({ body, status, grid, limit }, [body]);
  });
}

export interface InstantSample {
  metric: Labels;
  value?: [number, string];
  histogram?: [number, { count: string; sum: string }];
}

export type InstantResult =
  | { resultType: 'vector'; result: InstantSample[] }
  | { resultType: 'matrix'; result: MatrixSeries[] }
  | { resultType: 'scalar' | 'string'; result: [number, string] };

export interface InstantAnswer extends Answer {
  data: InstantResult;
}

export async function queryInstant(query: string, time: number, limit: number, signal?: AbortSignal): Promise<InstantAnswer> {
  const began = performance.now();
  const params = new URLSearchParams({ query, time: seconds(time), limit: String(limit) });
  const response = await postForm('api/v1/query', params, signal);
  const envelope = parseEnvelope(await response.text(), response.status);
  return {
    data: envelope.data as InstantResult,
    warnings: envelope.warnings ?? [],
    infos: envelope.infos ?? [],
    milliseconds: performance.now() - began,
  };
}
