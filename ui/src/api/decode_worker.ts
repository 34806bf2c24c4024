/** Decodes one long answer away from the thread that draws. */
import type { Grid } from '../model/step';
import { decodeRange } from './decode_range';

interface Task {
  body: ArrayBuffer;
  status: number;
  grid: Grid;
  limit: number;
}

self.onmessage = ({ data }: MessageEvent<Task>) => {
  self.postMessage(decodeRange(data.body, data.status, data.grid, data.limit));
};
