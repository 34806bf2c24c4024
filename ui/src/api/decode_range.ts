/** Bytes of a range query's answer to columns. Pure, so that it runs on any thread. */
import { matrixToColumns, type Columns, type MatrixSeries } from '../model/columns';
import type { Grid } from '../model/step';
import { ApiError, parseEnvelope } from './http';

export type DecodedRange =
  | { columns: Columns; warnings: string[]; infos: string[] }
  | { error: string; type: string };

export function decodeRange(body: ArrayBuffer, status: number, grid: Grid, limit: number): DecodedRange {
  try {
    const envelope = parseEnvelope(new TextDecoder().decode(body), status);
    const { result } = envelope.data as { result: MatrixSeries[] };
    return {
      columns: matrixToColumns(result, grid, limit),
      warnings: envelope.warnings ?? [],
      infos: envelope.infos ?? [],
    };
  } catch (error) {
    return { error: (error as Error).message, type: error instanceof ApiError ? error.type : '' };
  }
}
