/** What the server says about itself, at addresses of its own that other servers of the same API lack. */
import { get } from './http';

export interface Degradation {
  component: string;
  reason: string;
  /** Unix seconds. */
  since: number;
  action: string;
}

export interface Budget {
  name: string;
  used_bytes: number;
  limit_bytes: number;
}

export interface ServerState {
  version?: string;
  profile?: string;
  tenant?: string;
  ready?: boolean;
  degraded?: Degradation[];
  budgets?: Budget[];
  host?: { instance?: string; job?: string };
}

/** null where the server does not report its state. */
export async function fetchServerState(signal?: AbortSignal): Promise<ServerState | null> {
  const response = await get('ui/v1/state', undefined, signal);
  return response.ok ? ((await response.json()) as ServerState) : null;
}

export interface FunctionHelp {
  name: string;
  signature: string;
  doc: string;
  example: string;
  experimental: boolean;
}

let functions: Promise<Map<string, FunctionHelp>> | undefined;

/** Functions and aggregations by name; empty where the server has no table of them. */
export function functionHelp(): Promise<Map<string, FunctionHelp>> {
  functions ??= fetchFunctions().catch(() => {
    functions = undefined;
    return new Map();
  });
  return functions;
}

async function fetchFunctions(): Promise<Map<string, FunctionHelp>> {
  const response = await get('ui/v1/functions');
  if (!response.ok) return new Map();
  const body = (await response.json()) as { functions?: FunctionHelp[]; aggregations?: FunctionHelp[] };
  return new Map([...(body.functions ?? []), ...(body.aggregations ?? [])].map((entry) => [entry.name, entry]));
}
