/** Requests to the server that serves this page, and the envelope of its answers. */

/** Why a request failed. `kind` tells whether the server answered at all. */
export class ApiError extends Error {
  constructor(
    readonly kind: 'unreachable' | 'refused',
    message: string,
    readonly status = 0,
    readonly type = '',
  ) {
    super(message);
  }
}

export interface Envelope {
  status: 'success' | 'error';
  data?: unknown;
  errorType?: string;
  error?: string;
  warnings?: string[];
  infos?: string[];
}

/** Relative to the page, so that the page works below any path of a reverse proxy. */
const address = (path: string) => new URL(path, document.baseURI);

export async function get(path: string, params?: URLSearchParams, signal?: AbortSignal): Promise<Response> {
  const url = address(path);
  if (params) url.search = params.toString();
  return send(url, { signal: signal ?? null });
}

export async function postForm(path: string, params: URLSearchParams, signal?: AbortSignal): Promise<Response> {
  return send(address(path), { method: 'POST', body: params, signal: signal ?? null });
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError('unreachable', 'The server did not answer. Check that it runs and that the network reaches it.');
  }
}

export const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

export function parseEnvelope(text: string, status: number): Envelope {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
  } catch {
    throw new ApiError('refused', `The server answered ${status} without JSON: ${text.trim().slice(0, 200)}`, status);
  }
  if (envelope.status !== 'success') {
    throw new ApiError('refused', envelope.error ?? `The server answered ${status}.`, status, envelope.errorType ?? '');
  }
  return envelope;
}

/** The data of an answer of the Prometheus API. */
export async function getData<T>(path: string, params?: URLSearchParams, signal?: AbortSignal): Promise<T> {
  const response = await get(path, params, signal);
  return parseEnvelope(await response.text(), response.status).data as T;
}
